import { rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layoutOf } from '../../src/core/cas/layout.ts';
import { FsPointerStore } from '../../src/core/cas/fs-pointer-store.ts';
import { pointerOf } from '../contract/pointer-store.ts';
import { headers } from './header-corpus.ts';
import { openLine, timeless, type Line } from '../helpers/line.ts';
import { seeded } from '../helpers/seeded.ts';
import { served, startServed, type Served } from '../helpers/served.ts';
import { until } from '../helpers/until.ts';
import { fromMemory, warmed } from '../helpers/warmed.ts';

const host = 'Host: localhost\r\n';
const requestOf = (path: string, more = '', method = 'GET'): string =>
  `${method} ${path} HTTP/1.1\r\n${host}${more}\r\n`;

describe('a kept connection gives the same answers whoever reads it', () => {
  let daemon: Served;
  let path: string;
  let digest: string;
  const pointer = '/echo/index/t.json';
  beforeAll(async () => {
    daemon = await startServed();
    ({ path, digest } = await warmed(daemon));
    await new FsPointerStore(layoutOf(daemon.root)).write(pointerOf('t', 1));
    await hotPointer(daemon, pointer);
    // What is submitted below is a hit, and so answered alike each time.
    for (const features of ['1', ...[0, 1, 2, 3, 4].map((n) => `{"n":${n}}`)])
      await daemon.run(features);
  });
  afterAll(() => daemon.close());

  it.each(['GET', 'HEAD'])('%s, with every header', { timeout: 60_000 }, async (method) => {
    for (const [n, more] of headers.entries())
      for (const target of [path, pointer, `${path}?q`, '/healthz', '/none'])
        await compare(requestOf(target, tagged(more, target), method), n);
  });

  it.each(['POST', 'PUT', 'OPTIONS'])('%s, with every header', async (method) => {
    for (const [n, more] of headers.entries())
      await compare(requestOf(path, tagged(more, path), method), n);
  });

  it('for another host', async () => {
    for (const [n, name] of [
      'evil.example',
      'localhost:1',
      '127.0.0.1',
      '[::1]:80',
      'a b',
    ].entries())
      await compare(`GET ${path} HTTP/1.1\r\nHost: ${name}\r\n\r\n`, n);
  });

  it('many at once, in pieces of any size', async () => {
    const random = seeded(3);
    for (let round = 0; round < 60; round++) {
      const count = 1 + Math.floor(random() * 5);
      const texts = Array.from({ length: count }, () => {
        const target = random() < 0.5 ? path : pointer;
        const more = headers[Math.floor(random() * 12)] ?? '';
        return requestOf(target, tagged(more.replace(/^connection: close\r\n/, ''), target));
      });
      await compare(texts.join(''), round, (text) => pieces(text, random));
    }
  });

  it.each(['{"features":1}', '{"features":', '{"features":1,"priority":"x"}', '{}', ' ', ''])(
    'a submission of %j, with every header',
    { timeout: 60_000 },
    async (body) => {
      const length = `Content-Length: ${body.length}\r\n`;
      for (const [n, more] of headers.entries())
        await compare(requestOf('/echo/jobs', length + more, 'POST') + body, n);
    },
  );

  it('submissions, many at once, in pieces of any size', async () => {
    const random = seeded(5);
    for (let round = 0; round < 30; round++) {
      const texts = Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
        const body = `{"features":{"n":${Math.floor(random() * 5)}}}`;
        const length = `Content-Length: ${body.length}\r\n`;
        return random() < 0.3 ? requestOf(path) : requestOf('/echo/jobs', length, 'POST') + body;
      });
      await compare(texts.join(''), round, (text) => pieces(text, random));
    }
  });

  const tagged = (more: string, target: string): string =>
    more.replaceAll('ETAG', target === pointer ? pointerTag : digest);
  let pointerTag = '';
  beforeAll(async () => {
    pointerTag = ((await daemon.get(pointer)).headers.get('etag') ?? '').slice(1, -1);
  });

  /** Of a connection that is read here first, and of one that is left to node:http from its first request on. */
  async function compare(text: string, n: number, cut = (whole: string) => [whole]): Promise<void> {
    const answers: string[] = [];
    for (const odd of ['', 'X-Odd: 1\r\n']) {
      const line = openLine(daemon.url);
      await line.send(requestOf('/healthz', odd));
      await line.answer();
      await line.send(...cut(text));
      await line.send(requestOf(`/end-${n}`, 'Connection: close\r\n'));
      answers.push(withoutJob(timeless(await line.rest())));
    }
    expect(answers[0], text).toBe(answers[1]);
    expect(answers[0]?.length).toBeGreaterThan(20);
  }
});

describe('on a kept connection', () => {
  it('a pointer that moves is seen by the very next request, however fast it moves', async () => {
    const daemon = await served();
    const path = '/echo/index/t.json';
    const store = new FsPointerStore(layoutOf(daemon.root));
    await store.write(pointerOf('t', 0));
    const line = await lineTo(daemon);
    await hotPointer(daemon, path);
    for (let n = 1; n < 150; n++) {
      // Two moves in between give the inode back that the one before the last had.
      for (let times = n % 3; times >= 0; times--) await store.write(pointerOf('t', n));
      await line.send(requestOf(path));
      expect(await line.answer()).toContain(`"config_hash":"c${n}"`);
      if (n % 10 === 0) await hotPointer(daemon, path);
    }
  });

  it.each<[string, number, (file: string) => Promise<void>]>([
    ['removed', 404, (file) => rm(file)],
    ['broken', 500, (file) => writeFile(file, '{')],
    [
      'broken, its times put back',
      500,
      async (file) => {
        await writeFile(file, '{');
        await utimes(file, 1, 1);
      },
    ],
    [
      'made a link to another',
      404,
      async (file) => {
        await writeFile(`${file}.target`, JSON.stringify(pointerOf('other', 1)));
        await rm(file);
        await symlink(`${file}.target`, file);
      },
    ],
    ['put into the place of another', 404, (file) => rename(file, `${file}.away`)],
  ])('a pointer that was %s is not given', async (_what, status, damage) => {
    const daemon = await served();
    await new FsPointerStore(layoutOf(daemon.root)).write(pointerOf('t', 1));
    const line = await lineTo(daemon);
    const path = '/echo/index/t.json';
    await hotPointer(daemon, path);
    await line.send(requestOf(path));
    expect(await line.answer()).toContain('HTTP/1.1 200');
    await damage(join(daemon.root, path));
    for (const more of ['', 'If-None-Match: *\r\n']) {
      await line.send(requestOf(path, more));
      expect(await line.answer()).toContain(`HTTP/1.1 ${status}`);
    }
  });

  it('a file that was damaged or removed is not given', async () => {
    const daemon = await served();
    const { path, file } = await warmed(daemon);
    const line = await lineTo(daemon);
    const statusOf = async (): Promise<string> => {
      await line.send(requestOf(path));
      return (await line.answer()).slice(9, 12);
    };
    expect(await statusOf()).toBe('200');
    await writeFile(`${file}.new`, 'something else');
    await rename(`${file}.new`, file);
    expect(await statusOf()).toBe('500');
    await rm(file);
    expect(await statusOf()).toBe('404');
  });

  it('answers are logged and counted as any other', async () => {
    const lines: string[] = [];
    const daemon = await served({
      logger: pino({ base: null, timestamp: false }, { write: (line) => lines.push(line) }),
    });
    const { path } = await warmed(daemon);
    const line = await lineTo(daemon);
    const before = await fromMemory(daemon);
    for (const more of ['', 'If-None-Match: *\r\n', 'X-Odd: 1\r\n'])
      for (const method of ['GET', 'HEAD']) {
        await line.send(requestOf(path, `X-Request-Id: id\r\n${more}`, method));
        await line.answer(method === 'HEAD');
      }
    const logged = () => lines.filter((text) => text.includes('"request_id":"id"'));
    await until(() => logged().length === 6);
    const compared = logged().map((text) => text.replace(/"ms":[\d.e-]+/, ''));
    expect(compared.slice(0, 2)).toEqual(compared.slice(4));
    expect(compared[2]).toBe(compared[0]?.replace('"status":200', '"status":304'));
    expect(await fromMemory(daemon)).toBe(before + 6);
    const figures = await (await daemon.get('/metrics')).text();
    expect(figures).toContain(
      'cab_http_requests_total{method="HEAD",route="/echo/:config_hash/:source_hash/:name",status="304"} 1',
    );
    expect(figures).toContain('cab_files_served_total{outcome="not_modified"} 2');
  });

  it('a caller without a token is refused, whoever was answered on the connection before', async () => {
    const token = { authorization: 'Bearer secret' };
    const daemon = await served({ tokens: [{ token: 'secret', role: 'read' }] });
    const { path } = await warmed(daemon, token);
    const line = await lineTo(daemon);
    for (const more of ['', 'Authorization: Bearer secret\r\n', '']) {
      await line.send(requestOf(path, more));
      expect((await line.answer()).slice(9, 12)).toBe(more === '' ? '401' : '200');
    }
  });

  it('silence does not keep the daemon from closing', async () => {
    const daemon = await served();
    const { path } = await warmed(daemon);
    const line = await lineTo(daemon);
    await line.send(requestOf(path));
    await line.answer();
    await daemon.server.close(60_000);
    expect(await line.rest()).toBe('');
  });
});

async function lineTo({ url }: Served): Promise<Line> {
  const line = openLine(url);
  await line.send(requestOf('/healthz'));
  await line.answer();
  return line;
}

/** Asks until it is answered from memory: what was written a moment ago is read anew. */
async function hotPointer(daemon: Served, path: string): Promise<void> {
  const count = async (): Promise<number> =>
    Number(
      /^cab_pointers_from_memory_total (\d+)/m.exec(
        await (await daemon.get('/metrics')).text(),
      )?.[1],
    );
  const before = await count();
  await until(async () => {
    await (await daemon.get(path)).text();
    return (await count()) > before;
  });
}

/** Submissions, and hits of them, without what no two have in common. */
const withoutJob = (answer: string): string =>
  answer
    .replace(/[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}/g, 'ID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');

function pieces(text: string, random: () => number): string[] {
  const cut: string[] = [];
  for (let at = 0; at < text.length;) {
    const size = 1 + Math.floor(random() ** 3 * 300);
    cut.push(text.slice(at, at + size));
    at += size;
  }
  return cut;
}
