import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { jobSchema } from '../../../src/http/wire/job-answer.ts';
import { RemoteBroker } from '../../../src/http/client/remote-broker.ts';
import { openSocket, rawRequest, readAnswer, requestText } from '../../helpers/raw-request.ts';
import { served, type Served } from '../../helpers/served.ts';
import { until } from '../../helpers/until.ts';

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

  it('leave a stream of events open that is quiet for longer than a connection may be', async () => {
    const daemon = await served({ limits: { idleMs: 200 } });
    const socket = openSocket(daemon.url);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.write(requestText('GET', '/echo/events'));
    await until(() => socket.destroyed || (text.match(/^:$/gm) ?? []).length > 5);
    await daemon.run('{}');
    await until(() => socket.destroyed || text.includes('event: done'));
    expect(text).toContain('event: done');
    socket.destroy();
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

  it('hold no more answers than may be: a further wait is answered at once, a further stream refused', async () => {
    const daemon = await served({ limits: { held: 1 } });
    const gate = daemon.runner.hold();
    const { job_id } = jobSchema.parse(
      await (await daemon.post('/echo/jobs', { features: {} })).json(),
    );
    const first = await daemon.get('/echo/events');
    const waited = await daemon.get(`/echo/jobs/${job_id}?wait=60`);
    expect(jobSchema.parse(await waited.json()).status).not.toBe('done');
    const preferred = await daemon.post('/echo/jobs', { features: {} }, { prefer: 'wait=60' });
    expect(preferred.status).toBe(202);
    await preferred.text();
    const refused = await daemon.get('/echo/events');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect(await refused.json()).toMatchObject({ error: 'server_busy' });
    await first.body?.cancel();
    await until(async () => {
      const again = await daemon.get('/echo/events');
      await again.body?.cancel();
      return again.status === 200;
    });
    gate.open();
  });

  it('let a command wait all the same where nothing may be held', async () => {
    const daemon = await served({ limits: { held: 0 } });
    const gate = daemon.runner.hold();
    const broker = new RemoteBroker({ url: daemon.url, cwd: '/', sendFiles: false });
    const { job_id } = await broker.submit({ features_text: '{}' });
    const ended = broker.wait(job_id);
    await until(() => daemon.runner.calls === 1);
    gate.open();
    expect(await ended).toMatchObject({ status: 'done' });
    await broker.close();
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
    const daemon = await served({ limits: { headersMs: 300_000, idleMs: 300_000 } });
    const sockets: Socket[] = [];
    while (sockets.length < many) {
      // No more at once than the system's queue of connections to be accepted holds.
      const batch = Array.from({ length: 100 }, () => openSocket(daemon.url));
      await Promise.all(batch.map((socket) => once(socket, 'connect')));
      sockets.push(...batch);
      await until(async () => (await connections(daemon)) >= sockets.length);
    }
    for (const [n, socket] of sockets.entries()) if (n % 2 === 0) socket.write('GET /heal');
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
