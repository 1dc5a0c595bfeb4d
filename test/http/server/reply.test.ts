import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { ReplyBatch } from '../../../src/http/server/plain/reply-batch.ts';
import { openLine } from '../../helpers/line.ts';
import { until } from '../../helpers/until.ts';

const request = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.closeAllConnections();
});

/** A server that gives the same reply to all requests, and what became of its replies. */
async function replying({ body = 'a reply', idleMs = 60_000, asked = ignore } = {}) {
  const ends: boolean[] = [];
  const batch = new ReplyBatch(idleMs);
  const server = createServer((_request, response) => {
    asked(response);
    const bytes = Buffer.from(body);
    const headers = ['content-length', String(bytes.length)];
    batch.send(
      { status: 200, headers, body: bytes, over: (isTaken) => ends.push(isTaken) },
      response,
    );
  });
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return { ends, line: openLine(`http://127.0.0.1:${address.port}`) };
}

const ignore: (response: ServerResponse) => void = () => undefined;

describe('a reply', () => {
  it('goes out whole, one for each request, and is told as taken', async () => {
    const { ends, line } = await replying();
    await line.send(request + request, request);
    for (let n = 0; n < 3; n++) expect(await line.answer()).toMatch(/^HTTP\/1\.1 200 [^]*a reply$/);
    await until(() => ends.length === 3);
    expect(ends).toEqual([true, true, true]);
  });

  it('after which the connection is closed is told as taken', async () => {
    const { ends, line } = await replying();
    await line.send(request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    expect(await line.rest()).toMatch(/a reply$/);
    await until(() => ends.length === 1);
    expect(ends).toEqual([true]);
  });

  it('whose client leaves in the turn that asked is told as not taken', async () => {
    const { ends, line } = await replying({ asked: (response) => response.destroy() });
    await line.send(request);
    await until(() => ends.length === 1);
    expect(ends).toEqual([false]);
    expect(await line.rest()).toBe('');
  });

  it('that its client does not take is cut off, and told as not taken', async () => {
    const { ends, line } = await replying({ body: 'x'.repeat(32 << 20), idleMs: 300 });
    line.socket.pause();
    await line.send(request);
    await until(() => ends.length === 1);
    expect(ends).toEqual([false]);
    line.socket.resume();
    expect((await line.rest()).length).toBeLessThan(32 << 20);
  });
});
