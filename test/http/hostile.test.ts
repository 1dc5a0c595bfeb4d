import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSocket, rawRequest, readAnswer, requestText } from '../helpers/raw-request.ts';
import { served, startServed, type Served } from '../helpers/served.ts';
import { until } from '../helpers/until.ts';

const secret = 'what lies outside of the root';

describe('tricks with paths', () => {
  let daemon: Served;
  beforeAll(async () => {
    daemon = await startServed();
    const job = await daemon.run('{"a":1}', { track_id: 't' });
    const { root } = daemon;
    await writeFile(join(root, '..', 'secret.json'), `{"track_id":"${secret}"}`);
    await writeFile(join(root, 'secret.json'), secret);
    await mkdir(join(root, 'echo', 'door'));
    await symlink(join(root, '..'), join(root, 'echo', 'door', 'out'));
    await symlink(
      join(root, '..', 'secret.json'),
      join(root, 'echo', job.config_hash, 'secret.json'),
    );
  });
  afterAll(() => daemon.close());

  const dots = ['..', '.', '%2e%2e', '%2E.', '..%2f..', '%2e%2e%2f', '..%5c..', '..\\..', '....//'];
  const odd = [
    '%00',
    'a%00.json',
    '%c0%ae%c0%ae',
    '%e0%80%af',
    '%252e%252e',
    '%25252e',
    '%',
    '%zz',
    '%ff',
    '%ed%a0%80',
    '~',
    '~root',
    'con',
    'nul.json',
    'a:b',
    '%2fetc%2fpasswd',
    'file:%2f%2f%2fetc%2fpasswd',
    '$HOME',
    '`id`',
    '%0d%0aSet-Cookie:%20a=b',
    '*',
    '?',
    '#',
    ';',
    '%20',
    '%F0%9F%8E%B5',
    'x'.repeat(300),
    'x'.repeat(5000),
    '%41'.repeat(2000),
    '__proto__',
    'constructor',
    'door',
    'out',
    'secret.json',
    '.cab',
    'jobs.db',
  ];
  const pieces = [...dots, ...odd];
  const targets = pieces.flatMap((piece) => [
    `/${piece}`,
    `/echo/${piece}`,
    `/echo/${piece}/${piece}`,
    `/echo/${piece}/${piece}/${piece}`,
    `/echo/${piece}/${piece}/secret.json`,
    `/echo/door/out/${piece}`,
    `/echo/index/${piece}`,
    `/echo/index/${piece}.json`,
    `/echo/index/${piece}/history.json`,
    `/echo/index/${piece}/${piece}.json`,
    `/echo/jobs/${piece}`,
    `/echo/jobs/${piece}/log`,
    `/echo/jobs/${piece}/events`,
    `/echo/jobs/${piece}/${piece}`,
    `/echo/jobs?cursor=${piece}&track=${piece}`,
    `/echo/events/${piece}`,
    `/echo/../${piece}/secret.json`,
    `//${piece}`,
  ]);

  it.each(['GET', 'HEAD', 'DELETE', 'POST'])(
    'never lead out of the root, nor to a failure of the server, by %s',
    async (method) => {
      for (const target of targets) {
        const { status, head, body } = await rawRequest(daemon.url, requestText(method, target));
        expect(status, target).toBeLessThan(500);
        expect(status, target).toBeGreaterThanOrEqual(200);
        expect(head, target).not.toMatch(/^set-cookie/im);
        expect(body, target).not.toMatch(/outside of the root|root:x:/);
        if (status >= 400 && method !== 'HEAD')
          expect(JSON.parse(body), target).toMatchObject({ status });
      }
    },
  );

  it('in tracks stay within the pointers', async () => {
    for (const track_id of ['../../secret', '../secret', '/etc/passwd', '..\\secret', '..', '.']) {
      const track = encodeURIComponent(track_id);
      expect((await daemon.get(`/echo/index/${track}.json`)).status, track_id).toBe(404);
      await daemon.run('{"a":1}', { track_id });
      const found = await daemon.get(`/echo/index/${track}.json`);
      expect(await found.json()).toMatchObject({ track_id });
    }
  });
});

describe('limits', () => {
  it('refuse a body that is too large, whether or not it says so', async () => {
    const { post, url, broker } = await served({ limits: { bodyBytes: 1000 } });
    const large = `{"features":"${'x'.repeat(2000)}"}`;
    const answer = await post('/echo/jobs', large);
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ error: 'body_too_large' });
    const chunked = await rawRequest(
      url,
      [
        'POST /echo/jobs HTTP/1.1',
        'Host: localhost',
        'Content-Type: application/json',
        'Transfer-Encoding: chunked',
        'Connection: close',
        '',
        large.length.toString(16),
        large,
        '0',
        '',
        '',
      ].join('\r\n'),
    );
    expect(chunked.status).toBe(413);
    expect((await broker.jobs()).jobs).toEqual([]);
    expect((await post('/echo/jobs', { features: {} })).status).toBe(202);
  });

  it('refuse headers that are too large, and what is no HTTP', async () => {
    const { url } = await served({ limits: { headerBytes: 4096 } });
    const long = await rawRequest(
      url,
      requestText('GET', '/healthz', { 'X-Long': 'x'.repeat(9000) }),
    );
    expect(long.status).toBe(431);
    expect(JSON.parse(long.body)).toMatchObject({ error: 'headers_too_large' });
    for (const text of [
      'nonsense\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00',
    ]) {
      const answer = await rawRequest(url, text);
      expect(answer.status, text).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({ error: 'invalid_request' });
    }
    const noHost = await rawRequest(url, 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(noHost.status).toBe(400);
  });

  it('end a request that comes a byte at a time, while others are served', async () => {
    const daemon = await served({ limits: { headersMs: 300, requestMs: 600, idleMs: 500 } });
    const slowHead = openSocket(daemon.url);
    const slowBody = openSocket(daemon.url);
    slowBody.write(requestText('POST', '/echo/jobs', { 'Content-Length': '100000' }));
    const drip = setInterval(() => {
      slowHead.write('G');
      slowBody.write(' ');
    }, 20);
    const heads = [readAnswer(slowHead), readAnswer(slowBody)];
    while (!slowHead.destroyed || !slowBody.destroyed)
      expect((await daemon.run('{"a":1}')).status).toBe('done');
    clearInterval(drip);
    expect((await Promise.all(heads)).map(({ status }) => status)).toEqual([400, 408]);
  });

  it('end a connection on which nothing happens, and an answer that is not taken', async () => {
    const daemon = await served({ limits: { idleMs: 200 } });
    daemon.runner.behave = async ({ artifact_path }) => {
      await writeFile(artifact_path, Buffer.alloc(64 << 20));
      return { artifact: artifact_path, manifest: null };
    };
    const job = await daemon.run('{"large":1}');
    const idle = openSocket(daemon.url);
    idle.write(requestText('GET', '/healthz', { Connection: 'keep-alive' }));
    const deaf = openSocket(daemon.url);
    deaf.write(
      requestText('GET', `/echo/${job.config_hash}/${job.source_hash}/historical_echo.json`),
    );
    deaf.once('data', () => deaf.pause());
    await readAnswer(idle);
    await until(() => deaf.bytesRead > 0);
    await until(async () => (await connections(daemon)) === 0);
    expect(deaf.bytesRead).toBeLessThan(64 << 20);
    deaf.destroy();
  });

  it('close connections beyond the most', async () => {
    const daemon = await served({ limits: { connections: 3 } });
    const sockets = Array.from({ length: 3 }, () => openSocket(daemon.url));
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))),
    );
    const extra = await rawRequest(daemon.url, requestText('GET', '/healthz'));
    expect(extra.status).toBe(0);
    for (const socket of sockets) socket.destroy();
    await until(
      async () => (await rawRequest(daemon.url, requestText('GET', '/healthz'))).status === 200,
    );
  });
});

describe('clients that vanish', () => {
  it('hold nothing: neither a wait, nor a stream, nor a half-sent submission', async () => {
    const daemon = await served();
    const gate = daemon.runner.hold();
    const job = (await (await daemon.post('/echo/jobs', { features: {} })).json()) as {
      job_id: string;
    };
    const vanishing = [
      requestText('GET', `/echo/jobs/${job.job_id}?wait=60`),
      requestText('GET', `/echo/jobs/${job.job_id}/events`),
      requestText('GET', '/echo/events'),
      requestText('POST', '/echo/jobs', { 'Content-Length': '5000' }) + '{"features":',
    ].flatMap((text) => Array.from({ length: 25 }, () => text));
    const sockets = vanishing.map((text) => {
      const socket = openSocket(daemon.url);
      socket.write(text);
      return socket;
    });
    await until(async () => (await connections(daemon)) >= 100);
    for (const socket of sockets) socket.resetAndDestroy();
    await until(async () => (await connections(daemon)) <= pooled);
    gate.open();
    expect(await daemon.broker.wait(job.job_id)).toMatchObject({ status: 'done' });
    expect((await daemon.broker.jobs()).jobs).toHaveLength(1);
  });

  const many = Number(process.env['CAB_TEST_IDLE_CONNECTIONS'] ?? 200);
  it(`leave the others served while ${many} of them idle`, async () => {
    const daemon = await served();
    const sockets = Array.from({ length: many }, (_, n) => {
      const socket = openSocket(daemon.url);
      socket.on('connect', () => socket.write(n % 2 === 0 ? 'GET /heal' : ''));
      return socket;
    });
    await until(async () => (await connections(daemon)) >= many);
    for (let n = 0; n < 20; n++) expect((await daemon.run(`{"n":${n}}`)).status).toBe('done');
    for (const socket of sockets) socket.destroy();
    await until(async () => (await connections(daemon)) <= pooled);
  });
});

/** Open connections beside the one that asks. */
async function connections({ url }: Served): Promise<number> {
  const { body } = await rawRequest(url, requestText('GET', '/metrics'));
  return Number(/^cab_http_connections (\d+)$/m.exec(body)?.[1]) - 1;
}

/** `fetch` keeps a few connections open for its next request. */
const pooled = 4;
