/** Which users of this machine a daemon without tokens answers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { PeerTable } from '../../../src/http/server/guard/peer-table.ts';
import { peerGuardOf } from '../../../src/http/server/guard/peers.ts';
import { isRoot, ordinaryUser } from '../../faults/rig/users.ts';
import { openSocket, readAnswer, requestText } from '../../helpers/raw-request.ts';
import { served } from '../../helpers/served.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const canSwitch = isRoot && ordinaryUser !== undefined;
const uid = ordinaryUser?.uid ?? 0;

/** Says what it is given over one connection, as the user; resolves with what comes back until the end. */
function said(url: string, words: string, by: readonly string[] = ordinaryUser?.as ?? []) {
  const { port, hostname } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const script = `
    const socket = require('node:net').connect(${port}, ${JSON.stringify(host)});
    socket.write(${JSON.stringify(words)});
    socket.pipe(process.stdout);`;
  const [program, ...args] = [...by, process.execPath, '-e', script];
  return text(spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] }).stdout);
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
const body = '{"features":{"n":1}}';
const json = { 'Content-Type': 'application/json' };

const requests = [
  requestText('GET', '/echo/jobs'),
  requestText('POST', '/echo/jobs', json, body),
  requestText('POST', '/echo/explain', json, body),
  requestText('DELETE', '/echo/jobs/x'),
  requestText('GET', '/echo/a/b/c'),
  requestText('GET', '/metrics'),
  requestText('GET', '/healthz'),
  requestText('GET', '/nothing/here'),
];

describe.runIf(canSwitch)('another user of this machine', () => {
  it.each(requests)('is refused: %s', async (request) => {
    const { url, broker } = await served();
    const answer = await said(url, request);
    expect(statusOf(answer)).toBe(403);
    expect(answer).toContain('"error":"user_refused"');
    expect(answer).toContain('started with tokens');
    expect(answer).toContain('daemon.sock');
    expect((await broker.jobs()).jobs).toEqual([]);
  });

  it('is not given what others were, from memory', async () => {
    const { url, run, get } = await served();
    await run('{"n":1}', { track_id: 'song' });
    const path = '/echo/index/song.json';
    for (let n = 0; n < 2; n += 1) expect((await get(path)).status).toBe(200);
    expect(statusOf(await said(url, requestText('GET', path)))).toBe(403);
  });

  it('is let in by its uid', async () => {
    const { url } = await served({ allowUsers: [uid] });
    for (const request of requests.slice(0, 2))
      expect([200, 202]).toContain(statusOf(await said(url, request)));
  });

  it('is let in where everyone is, and where tokens decide', async () => {
    const open = await served({ insecure: true });
    expect(statusOf(await said(open.url, requestText('GET', '/echo/jobs')))).toBe(200);
    const { url } = await served({ tokens: [{ token: 'secret', role: 'read' }] });
    const headers = { Authorization: 'Bearer secret' };
    expect(statusOf(await said(url, requestText('GET', '/echo/jobs', headers)))).toBe(200);
    expect(statusOf(await said(url, requestText('GET', '/echo/jobs')))).toBe(401);
  });

  it('is refused over IPv6 as well', async ({ skip }) => {
    const { url } = await served({ host: '::1' }).catch(() => skip('there is no IPv6 here'));
    const request = requestText('GET', '/echo/jobs');
    expect(statusOf(await said(url, request, []))).toBe(200);
    expect(statusOf(await said(url, request))).toBe(403);
  });
});

describe('the user of the daemon', () => {
  it('is let in, and again on the same connection', async () => {
    const { url } = await served();
    expect(statusOf(await said(url, requestText('GET', '/echo/jobs'), []))).toBe(200);
    const socket = openSocket(url);
    const once = requestText('GET', '/echo/jobs', { Connection: 'keep-alive' });
    socket.write(once + once + requestText('POST', '/echo/jobs', json, body));
    const answers = (await text(socket)).match(/HTTP\/1\.1 \d{3}/g);
    expect(answers).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 202']);
  });

  it('is let in by many connections that begin at once', async () => {
    const { url } = await served();
    const asked = Array.from({ length: 200 }, () => {
      const socket = openSocket(url);
      socket.write(requestText('GET', '/echo/jobs'));
      return readAnswer(socket);
    });
    for (const { status } of await Promise.all(asked)) expect(status).toBe(200);
  });

  it('is known where an IPv4 address is reached by a socket of IPv6', async ({ skip }) => {
    const { url } = await served();
    const { port } = new URL(url);
    const socket = connect(Number(port), '::ffff:127.0.0.1');
    socket.on('error', () => skip('there is no IPv6 here'));
    socket.write(requestText('GET', '/echo/jobs'));
    expect((await readAnswer(socket)).status).toBe(200);
  });
});

it('a peer that has no row in the table is refused', async () => {
  const dir = await tempDir();
  await writeFile(join(dir, 'tcp'), '');
  const guard = await peerGuardOf(new Set([uid]), undefined, new PeerTable(dir));
  const refusals: unknown[] = [];
  const server = createServer(
    guard?.before(
      (_request, response) => response.end('let in'),
      ({ socket }, response) => {
        try {
          guard.check(socket);
        } catch (error) {
          refusals.push(error);
        }
        response.end('refused');
      },
    ),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}`);
  expect(await answer.text()).toBe('refused');
  expect(refusals).toEqual([
    expect.objectContaining({
      code: 'user_refused',
      message: expect.stringContaining('is not seen on this machine') as unknown,
    }),
  ]);
  server.close();
});

it('a system that does not tell who calls lets everyone in, and the log has one line of it', async () => {
  const lines: string[] = [];
  const logger = { warn: (_facts: object, line: string) => void lines.push(line) };
  const blind = new PeerTable(await tempDir());
  expect(await peerGuardOf(new Set([uid]), logger, blind)).toBeNull();
  expect(lines).toEqual([expect.stringContaining('does not tell which user calls')]);
});
