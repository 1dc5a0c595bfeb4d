import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AnswerHead } from '../../src/http/delivery/hot-answers.ts';
import { openLine } from '../helpers/line.ts';
import { until } from '../helpers/until.ts';
import { another, plain, ready, type Scene } from './stepped-server.ts';

describe('on a connection that has had its first answer', () => {
  it('a plain head that is hot is answered before node:http sees it', async () => {
    const { line, seen } = await ready();
    for (let time = 0; time < 3; time++) {
      await line.send(plain);
      expect(await line.answer()).toContain('from memory');
    }
    expect(seen).toEqual(['/first']);
  });

  it('the first request is read by node:http, or it would count the time to it for ever', async () => {
    const { url } = await ready();
    const line = openLine(url);
    await line.send(plain);
    expect(await line.answer()).toContain('by node');
    await line.send(plain);
    expect(await line.answer()).toContain('from memory');
  });

  it('what is not hot goes to node:http, and what comes after it is looked at again', async () => {
    const { line, seen } = await ready();
    for (let time = 0; time < 3; time++) {
      await line.send('GET /cold HTTP/1.1\r\nHost: localhost\r\n\r\n');
      expect(await line.answer()).toContain('by node');
      await line.send(plain);
      expect(await line.answer()).toContain('from memory');
    }
    expect(seen).toEqual(['/first', '/cold', '/cold', '/cold']);
  });

  it.each<[string, string[], number]>([
    ['in two pieces', [plain.slice(0, 20), plain.slice(20)], 1],
    ['a byte at a time', plain.split(''), 1],
    ['two at once', [plain + plain], 2],
    ['one and a half', [plain + plain.slice(0, 9), plain.slice(9)], 2],
    ['with a body', ['GET /hot HTTP/1.1\r\nHost: l\r\nContent-Length: 2\r\n\r\nab'], 1],
    ['with an unusual header', ['GET /hot HTTP/1.1\r\nHost: l\r\nX-Odd: 1\r\n\r\n'], 1],
    ['of another method', ['OPTIONS /hot HTTP/1.1\r\nHost: l\r\n\r\n'], 1],
    ['after an empty line', [`\r\n${plain}`], 1],
  ])(
    'a request %s is read by node:http, and so is all that follows',
    async (_what, pieces, answers) => {
      const { line, seen } = await ready();
      await line.send(...pieces);
      for (let n = 0; n < answers; n++) expect(await line.answer()).toContain('by node');
      await line.send(plain);
      expect(await line.answer()).toContain('by node');
      expect(seen).toHaveLength(answers + 2);
    },
  );

  it('a request that comes while another is answered waits for its turn', async () => {
    const { line, server } = await ready();
    let answerIt = (): void => undefined;
    const asked = new Promise<void>((resolve) =>
      server.prependOnceListener('request', (request, response) => {
        answerIt = () => response.end('slow');
        request.url = '/held';
        resolve();
      }),
    );
    await line.send('GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await asked;
    await line.send(plain);
    answerIt();
    expect(await line.answer()).toContain('slow');
    expect(await line.answer()).toContain('by node');
  });

  it('a request that comes before the answer to another has gone out is answered after it', async () => {
    const { line, served, seen } = await ready();
    const socket = served.at(-1);
    socket?.once('data', () => {
      socket.emit('data', Buffer.from(plain.replace('/hot', '/cold')));
      socket.emit('data', Buffer.from(plain));
    });
    await line.send(plain);
    expect(await line.answer()).toContain('from memory');
    expect(await line.answer()).toContain('by node');
    expect(await line.answer()).toContain('by node');
    expect(seen).toEqual(['/first', '/cold', '/hot']);
  });

  it('an answer is on its way also before the end of the turn in which it was asked for', async () => {
    const { line, server, served } = await ready();
    served.at(-1)?.once('data', () => server.closeIdleConnections());
    await line.send(plain);
    expect(await line.answer()).toContain('from memory');
  });

  it('an answer whose client leaves before the end of that turn is told as not taken', async () => {
    const { line, served, ends, server } = await ready();
    const socket = served.at(-1);
    socket?.once('data', () => socket.destroy());
    await line.send(plain);
    await until(() => hasConnections(server, 0));
    await until(() => ends.length > 0);
    expect(ends).toEqual([false]);
  });

  it('the last answer closes it, also one without a body', async () => {
    const { line, make } = await ready();
    await line.send('POST /made HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na');
    make({
      isLast: true,
      status: 304,
      body: undefined,
      head: new AnswerHead({ 'x-request-id': '' }),
    });
    expect(await line.rest()).toMatch(/^HTTP\/1\.1 304 [^]*Connection: close\r\n\r\n$/);
  });

  it('silence is ended, however many answers came before it', async () => {
    const { line } = await ready({ idleMs: 300 });
    for (let time = 0; time < 3; time++) {
      await line.send(plain);
      await line.answer();
    }
    expect(await line.rest()).toBe('');
  });

  it('a head that does not come to its end is ended as any other', async () => {
    const { line } = await ready({ headersMs: 300 });
    await line.send(plain);
    await line.answer();
    await line.send(plain.slice(0, 20));
    expect(await line.rest()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('an answer that is not taken ends it, and is told as not taken', async () => {
    const scene = await ready({ idleMs: 300, bytes: large });
    await askDeaf(scene);
    await until(() => scene.ends.includes(false));
    await until(() => hasConnections(scene.server, 0));
  });

  it('closing waits for an answer that is on its way, and closes what is idle', async () => {
    const first = await ready({ bytes: large });
    const scene = { ...first, line: await another(first) };
    const idle = first.line;
    await askDeaf(scene);
    const closed = once(scene.server, 'close');
    scene.server.close();
    const sweep = setInterval(() => scene.server.closeIdleConnections(), 20);
    await until(() => !scene.server.listening);
    scene.line.socket.resume();
    const received = await scene.line.rest();
    clearInterval(sweep);
    await closed;
    expect(await idle.rest()).toBe('');
    expect(received.length).toBeGreaterThan(large);
    expect(received.endsWith('xx')).toBe(true);
    expect(scene.ends).toEqual([true]);
  });
});

describe('an answer that takes its time', () => {
  const post = (body: string): string =>
    `POST /made HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  it('is given when it is made, and node:http sees nothing of it', async () => {
    const { line, seen, asked, make } = await ready();
    for (const body of ['{"n":1}', 'x'.repeat(60_000)]) {
      await line.send(post(body));
      make();
      expect(await line.answer()).toContain('from memory');
    }
    expect(asked).toEqual(['{"n":1}', 'x'.repeat(60_000)]);
    expect(seen).toEqual(['/first']);
  });

  it.each<[string, string[]]>([
    ['in two pieces', [post('abc').slice(0, -1), 'c']],
    ['two at once', [post('a') + post('b')]],
    ['with less than it says', [post('a').replace('Length: 1', 'Length: 2'), 'b']],
    ['with more than it says', [post('ab').replace('Length: 2', 'Length: 1')]],
    ['of no length', ['POST /made HTTP/1.1\r\nHost: localhost\r\n\r\n']],
    ['whose length has a zero before it', [post('a').replace('Length: 1', 'Length: 01')]],
  ])('is left to node:http where the request came %s', async (_what, pieces) => {
    const { line, asked } = await ready();
    await line.send(...pieces);
    expect(await line.answer()).not.toContain('from memory');
    expect(asked).toEqual([]);
  });

  it('keeps those in their order that were asked for meanwhile, whoever answers them', async () => {
    const { line, seen, make } = await ready();
    await line.send(post('a'), plain, plain);
    await line.send(post('b'));
    await line.send('GET /cold HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(seen).toEqual(['/first']);
    make({ request_id: 'first' });
    expect(await line.answer()).toContain('first');
    // By whom depends on the pieces in which they come.
    make({ request_id: 'second' });
    const others = [await line.answer(), await line.answer(), await line.answer()];
    expect(others.join()).not.toContain('first');
    expect(others.slice(0, 2).join()).not.toContain('second');
    expect(await line.answer()).toContain('by node');
    expect(seen.at(-1)).toBe('/cold');
  });

  it('is waited for longer than silence is', async () => {
    const { line, make, ends } = await ready({ idleMs: 300 });
    await line.send(post('a'));
    await delay(2000);
    make();
    expect(await line.answer()).toContain('from memory');
    expect(ends).toEqual([true]);
    expect(await line.rest()).toBe('');
  });

  it('is told as not taken where its client has left, and what he sent is nobody else’s', async () => {
    const scene = await ready();
    const { line, seen, asked, make, ends, server } = scene;
    await line.send(post('a'), 'GET /evil HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => asked.length === 1);
    line.socket.resetAndDestroy();
    await delay(50);
    make();
    await until(() => ends.length === 1);
    expect(ends).toEqual([false]);
    await until(() => hasConnections(server, 0));
    const next = await another(scene);
    await next.send(plain);
    expect(await next.answer()).toContain('from memory');
    expect(seen).toEqual(['/first', '/first']);
  });

  it('keeps the server from closing until it is given, and then is the last', async () => {
    const { line, server, make } = await ready();
    await line.send(post('a'));
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    await delay(50);
    make({ isLast: true });
    const answer = await line.rest();
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n\r\nfrom memory/);
    await closed;
  });
});

/** More than the system takes for a client that reads nothing. */
const large = 32 << 20;

/** Asks and takes nothing: the answer waits in the server. */
async function askDeaf({ line, served }: Scene): Promise<void> {
  line.socket.pause();
  await line.send(plain);
  await until(() => (served.at(-1)?.writableLength ?? 0) > 0);
}

const hasConnections = (server: Server, wanted: number): Promise<boolean> =>
  new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count === wanted))),
  );
