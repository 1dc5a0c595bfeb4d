import { chmod, writeFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { startServer } from '../../../src/http/server/server.ts';
import { openSocket, readAnswer, requestText } from '../../helpers/raw-request.ts';
import { served, type Served } from '../../helpers/served.ts';
import { until } from '../../helpers/until.ts';
import { listening } from '../../helpers/listening.ts';

describe('figures', () => {
  it('count jobs by state and runner, hits, misses and run times', async () => {
    const daemon = await served();
    await daemon.run('{"a":1}');
    await daemon.run('{"a":1}', { track_id: 'hit' });
    daemon.runner.behave = () => Promise.reject(new Error('no'));
    await daemon.run('{"b":1}');
    await until(async () => (await figure(daemon, 'cab_misses_total')) === 2);
    const runner = 'object:scripted';
    expect(await figure(daemon, 'cab_hits_total')).toBe(1);
    expect(await figure(daemon, `cab_jobs_ended_total{state="done",runner="${runner}"}`)).toBe(2);
    expect(await figure(daemon, `cab_jobs_ended_total{state="error",runner="${runner}"}`)).toBe(1);
    expect(await figure(daemon, `cab_run_duration_seconds_count{runner="${runner}"}`)).toBe(2);
    expect(await figure(daemon, 'cab_jobs{state="done"}')).toBe(2);
    expect(await figure(daemon, 'cab_jobs{state="error"}')).toBe(1);
  });

  it('tell the depth of the queue, and the age of the oldest that waits', async () => {
    const daemon = await served({}, { work: 'none' });
    expect(await figure(daemon, 'cab_oldest_pending_seconds')).toBe(0);
    await daemon.post('/echo/jobs', { features: { n: 1 } });
    await daemon.post('/echo/jobs', { features: { n: 2 } });
    expect(await figure(daemon, 'cab_jobs{state="pending"}')).toBe(2);
    await until(async () => ((await figure(daemon, 'cab_oldest_pending_seconds')) ?? 0) > 0);
    for (const { job_id } of (await daemon.broker.jobs()).jobs) await daemon.broker.cancel(job_id);
    await until(async () => (await figure(daemon, 'cab_oldest_pending_seconds')) === 0);
    // A job that was never begun is no miss, and took no time.
    const canceled = 'cab_jobs_ended_total{state="canceled",runner="object:scripted"}';
    await until(async () => (await figure(daemon, canceled)) === 2);
    expect(await figure(daemon, 'cab_misses_total')).toBe(0);
    expect(
      await figure(daemon, 'cab_run_duration_seconds_count{runner="object:scripted"}'),
    ).toBeUndefined();
  });

  it('tell which jobs wait and run, by runner, and follow them to their end', async () => {
    const daemon = await served({}, { concurrency: 1 });
    const gate = daemon.runner.hold();
    const active = (state: string) =>
      figure(daemon, `cab_jobs_active{state="${state}",runner="object:scripted"}`);
    for (let n = 0; n < 3; n += 1) await daemon.post('/echo/jobs', { features: { n } });
    await until(async () => (await active('running')) === 1 && (await active('pending')) === 2);
    const late = await startServer({ broker: daemon.broker, ...listening(), version: 'test' });
    const seen = async () => (await fetch(`${late.address}/metrics`)).text();
    await until(async () =>
      /^cab_jobs_active\{state="running",runner="object:scripted"\} 1$/m.test(await seen()),
    );
    await late.close(1000);
    gate.open();
    await until(async () => (await figure(daemon, 'cab_jobs{state="done"}')) === 3);
    await until(async () => (await active('running')) === undefined);
    expect(await active('pending')).toBeUndefined();
  });

  it('know of jobs that waited before the server came', async () => {
    const first = await served({}, { work: 'none' });
    await first.broker.submit({ features_text: '{"early":1}' });
    const second = await startServer({ broker: first.broker, ...listening(), version: 'test' });
    const age = async () => {
      const text = await (await fetch(`${second.address}/metrics`)).text();
      return Number(/^cab_oldest_pending_seconds (.+)$/m.exec(text)?.[1]);
    };
    await until(async () => (await age()) > 0);
    await second.close(1000);
  });

  it('count bytes and files served, requests, and failed verifications', async () => {
    const daemon = await served();
    const job = await daemon.run('{"a":1}');
    const path = `/echo/${job.config_hash}/${job.source_hash}/historical_echo.json`;
    await (await daemon.get(path)).text();
    await (await daemon.get(path, { range: 'bytes=0-3' })).text();
    await daemon.get(path, { 'if-none-match': '*' });
    await until(async () => (await figure(daemon, 'cab_served_bytes_total')) === 21 + 4);
    for (const outcome of ['whole', 'range', 'not_modified'])
      expect(await figure(daemon, `cab_files_served_total{outcome="${outcome}"}`)).toBe(1);
    const file = job.result?.artifact_path ?? '';
    await chmod(file, 0o644);
    await writeFile(file, 'tampered with {"a":1}');
    expect((await daemon.get(path)).status).toBe(500);
    expect(await figure(daemon, 'cab_verification_failures_total{code="hash_mismatch"}')).toBe(1);
    const route = 'route="/echo/:config_hash/:source_hash/*"';
    expect(
      await figure(daemon, `cab_http_requests_total{method="GET",${route},status="500"}`),
    ).toBe(1);
    expect(
      await figure(daemon, 'cab_http_request_duration_seconds_count{route="/metrics"}'),
    ).toBeGreaterThan(0);
  });
});

it('every line of the log names its request, and none holds a token', async () => {
  const lines: string[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  const daemon = await served({
    logger: pino(sink),
    tokens: [{ token: 'very-secret', role: 'read' }],
  });
  await daemon.get('/echo/jobs', { authorization: 'Bearer very-secret', 'x-request-id': 'my-id' });
  await until(() => lines.some((line) => line.includes('"url":"/echo/jobs"')));
  const line: unknown = JSON.parse(lines.find((each) => each.includes('/echo/jobs')) ?? '');
  expect(line).toMatchObject({ request_id: 'my-id', method: 'GET', status: 200, msg: 'request' });
  expect(lines.join('')).not.toContain('very-secret');
});

describe('closing', () => {
  it('finishes answers under way, and takes no new connections', async () => {
    const daemon = await served();
    const size = 32 << 20;
    daemon.runner.behave = async ({ artifact_path }) => {
      await writeFile(artifact_path, Buffer.alloc(size, 'x'));
      return { artifact: artifact_path, manifest: null };
    };
    const job = await daemon.run('{"large":1}');
    const socket = openSocket(daemon.url);
    socket.write(
      requestText('GET', `/echo/${job.config_hash}/${job.source_hash}/historical_echo.json`, {
        Connection: 'keep-alive',
      }),
    );
    await new Promise((resolve) => socket.once('readable', resolve));
    const closing = daemon.server.close(60_000);
    await until(async () => {
      const late = await readAnswer(openSocket(daemon.url));
      return late.status === 0;
    });
    expect((await readAnswer(socket)).body.length).toBe(size);
    await closing;
    await daemon.server.close(0);
  });

  it('cuts off an answer that nobody takes when the grace is over', async () => {
    const daemon = await served();
    const size = 64 << 20;
    daemon.runner.behave = async ({ artifact_path }) => {
      await writeFile(artifact_path, Buffer.alloc(size));
      return { artifact: artifact_path, manifest: null };
    };
    const job = await daemon.run('{"large":1}');
    const deaf = openSocket(daemon.url);
    deaf.write(
      requestText('GET', `/echo/${job.config_hash}/${job.source_hash}/historical_echo.json`),
    );
    await new Promise((resolve) => deaf.once('readable', resolve));
    await daemon.server.close(100);
    let taken = 0;
    deaf.on('data', (piece: Buffer) => (taken += piece.length));
    await new Promise((resolve) => deaf.once('close', resolve));
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(size);
  });

  it('answers a wait at once, and lets its connection go', async () => {
    const daemon = await served();
    const gate = daemon.runner.hold();
    const { job_id } = (await (await daemon.post('/echo/jobs', { features: {} })).json()) as {
      job_id: string;
    };
    const socket = openSocket(daemon.url);
    const answer = readAnswer(socket);
    socket.write(requestText('GET', `/echo/jobs/${job_id}?wait=60`, { Connection: 'keep-alive' }));
    await until(async () => (await figure(daemon, 'cab_http_requests_in_progress')) === 2);
    await daemon.server.close(60_000);
    const { status, head, body } = await answer;
    expect(status).toBe(200);
    expect(head.toLowerCase()).toContain('connection: close');
    expect(JSON.parse(body)).toMatchObject({ job_id });
    gate.open();
  });
});

async function figure({ get }: Served, name: string): Promise<number | undefined> {
  const text = await (await get('/metrics')).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}
