import { describe, expect, it } from 'vitest';
import { jobSchema, jobsSchema } from '../../../src/http/wire/job-answer.ts';
import { jobEventSchema } from '../../../src/http/wire/protocol.ts';
import { served } from '../../helpers/served.ts';
import { openSocket, readAnswer, requestText } from '../../helpers/raw-request.ts';
import { until } from '../../helpers/until.ts';

describe('what is added to the reference surface', () => {
  it('takes the input itself, and keeps the digits of its numbers', async () => {
    const { post, runner } = await served();
    const input =
      '{"big": 123456789012345678901234567890, "one": 1.0, "small": 1e-7, "not": [NaN, -Infinity]}';
    const answer = await post(
      '/echo/jobs',
      `{"track_id":"x", "features" : ${input} , "features_path":null}`,
      { prefer: 'respond-async, wait=30' },
    );
    expect(answer.status).toBe(202);
    expect(answer.headers.get('preference-applied')).toBe('wait=30');
    expect(await answer.json()).toMatchObject({ status: 'done', cached: false });
    expect(runner.seen).toEqual([input]);
    expect(await (await post('/echo/jobs', `{"features":${input}}`)).json()).toMatchObject({
      status: 'done',
      cached: true,
      result: { etag: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    });
  });

  it.each([
    ['brackets that do not match', '{"features":[1}'],
    ['two values', '{"features":1 2}'],
    ['no value', '{"features":,"run_id":"x"}'],
    ['something after the object', '{"features":{}} x'],
    ['a word that Python does not know', '{"features":{"a":undefined}}'],
  ])('refuses features with %s', async (_, body) => {
    const { post } = await served();
    const answer = await post('/echo/jobs', body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: 'invalid_json' });
  });

  it('refuses fields that are nested beyond reason, and takes features that are', async () => {
    const { post } = await served();
    const deep = '['.repeat(20_000) + ']'.repeat(20_000);
    const probe = await post('/echo/jobs', `{"features":{},"probe":{"a":${deep}}}`);
    expect(probe.status).toBe(400);
    const { status } = await post('/echo/jobs', `{"features":${deep}}`);
    expect(status).toBe(202);
  });

  it('takes nulls for fields that are left out', async () => {
    const { post } = await served();
    const body = { features: {}, priority: null, timeout_s: null, max_attempts: null, force: null };
    expect((await post('/echo/jobs', body)).status).toBe(202);
  });

  it('takes priority, timeout, attempts and force', async () => {
    const { run, runner } = await served();
    const job = await run('{"a":1}', { priority: 7, timeout_s: 2.5, max_attempts: 3 });
    expect(job).toMatchObject({ priority: 7, timeout_s: 2.5, max_attempts: 3, status: 'done' });
    expect(await run('{"a":1}', { force: true })).toMatchObject({ cached: false, force: true });
    expect(runner.calls).toBe(2);
  });

  it('answers a wait when the time is up, and when the job has ended', async () => {
    const { post, get, runner } = await served();
    const gate = runner.hold();
    const pending = jobSchema.parse(
      await (await post('/echo/jobs', { features: {} }, { prefer: 'wait=0' })).json(),
    );
    expect(['pending', 'running']).toContain(pending.status);
    const early = await get(`/echo/jobs/${pending.job_id}?wait=0.05`);
    expect(await early.json()).toMatchObject({ status: 'running' });
    const waiting = get(`/echo/jobs/${pending.job_id}?wait=30`);
    gate.open();
    expect(await (await waiting).json()).toMatchObject({ status: 'done' });
  });

  it('pages through the jobs, by state and track', async () => {
    const { run, get } = await served();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++)
      ids.unshift((await run(`{"n":${n}}`, { track_id: n % 2 === 0 ? 'even' : 'odd' })).job_id);
    const page = async (query: string) =>
      jobsSchema.parse(await (await get(`/echo/jobs?${query}`)).json());
    const first = await page('limit=3');
    const second = await page(`limit=3&cursor=${first.next ?? ''}`);
    expect([...first.jobs, ...second.jobs].map(({ job_id }) => job_id)).toEqual(ids);
    expect(second.next).toBeNull();
    expect(first.counts.done).toBe(5);
    expect((await page('track=odd')).jobs).toHaveLength(2);
    expect((await page('status=error')).jobs).toEqual([]);
    for (const bad of [
      'limit=0',
      'limit=x',
      'limit=1001',
      'status=gone',
      'colour=red',
      'limit=1&limit=2',
      'cursor=',
      'cursor=x',
      `cursor=${(ids[0] ?? '').toUpperCase()}`,
    ])
      expect((await get(`/echo/jobs?${bad}`)).status, bad).toBe(400);
    expect(await (await get('/echo/jobs?cursor=x')).json()).toMatchObject({
      error: 'invalid_request',
      detail: 'query, cursor: expected the "next" of an earlier page',
    });
  });

  it('cancels a pending and a running job, and leaves an ended one', async () => {
    const { url, post, broker, runner, run } = await served({}, { concurrency: 1 });
    const cancel = async (id: string) =>
      jobSchema.parse(await (await fetch(`${url}/echo/jobs/${id}`, { method: 'DELETE' })).json());
    const done = await run('{"n":0}');
    expect(await cancel(done.job_id)).toMatchObject({ status: 'done' });
    runner.behave = runner.untilAborted;
    const first = jobSchema.parse(await (await post('/echo/jobs', { features: { n: 1 } })).json());
    await until(async () => (await broker.job(first.job_id)).status === 'running');
    const second = jobSchema.parse(await (await post('/echo/jobs', { features: { n: 2 } })).json());
    expect(await cancel(second.job_id)).toMatchObject({ status: 'canceled' });
    await cancel(first.job_id);
    expect(await broker.wait(first.job_id)).toMatchObject({ status: 'canceled' });
    expect((await fetch(`${url}/echo/jobs/nothing`, { method: 'DELETE' })).status).toBe(404);
  });

  it('retries a failed job under a new id, and no other', async () => {
    const { url, run, runner, broker } = await served();
    runner.behave = () => Promise.reject(new Error('no'));
    const failed = await run('{}');
    runner.behave = () => undefined;
    const retry = (id: string) => fetch(`${url}/echo/jobs/${id}/retry`, { method: 'POST' });
    const answer = await retry(failed.job_id);
    expect(answer.status).toBe(202);
    const { job_id } = jobSchema.parse(await answer.json());
    expect(answer.headers.get('location')).toBe(`/echo/jobs/${job_id}`);
    expect(job_id).not.toBe(failed.job_id);
    expect(await broker.wait(job_id)).toMatchObject({ status: 'done' });
    const again = await retry(job_id);
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ error: 'not_retryable' });
  });

  it('gives the log as a whole, and from a byte on', async () => {
    const { runner, run, get } = await served();
    runner.behave = (_, { log }) => {
      log('stdout', 'première ligne\n');
      log('stderr', 'x'.repeat(3 << 20));
      return undefined;
    };
    const { job_id } = await run('{}');
    const whole = await get(`/echo/jobs/${job_id}/log`);
    expect(whole.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect((await whole.text()).length).toBe(15 + (3 << 20));
    const piece = await get(`/echo/jobs/${job_id}/log?from=16`);
    const text = await piece.text();
    expect(text).toMatch(/^x+$/);
    expect(piece.headers.get('cab-log-next')).toBe(String(16 + text.length));
  });

  it('explains a submission without making it', async () => {
    const { post, broker } = await served();
    const answer = await post('/echo/explain', { features: { a: 1 } });
    expect(await answer.json()).toMatchObject({ hit: false, closest: null });
    expect((await broker.jobs()).jobs).toEqual([]);
  });

  it('tells the earlier pointers of a track, and all tracks', async () => {
    const { run, get } = await served();
    const track_id = 'Merry Christmas, Y’all / 夜に駆ける 100%';
    for (const n of [1, 2, 3]) await run(`{"n":${n}}`, { track_id });
    const path = `/echo/index/${encodeURIComponent(track_id)}`;
    const { history } = (await (await get(`${path}/history.json`)).json()) as {
      history: unknown[];
    };
    expect(history).toHaveLength(3);
    expect(history[0]).toMatchObject((await (await get(`${path}.json`)).json()) as object);
    const one = (await (await get(`${path}/history.json?limit=1`)).json()) as {
      history: unknown[];
    };
    expect(one.history).toHaveLength(1);
    expect(await (await get('/echo/index')).json()).toMatchObject({ tracks: [{ track_id }] });
  });

  it('gives a pointer a tag that answers 304 until the pointer moves', async () => {
    const { run, get } = await served();
    await run('{"n":1}', { track_id: 't' });
    const tag = (await get('/echo/index/t.json')).headers.get('etag') ?? '';
    expect((await get('/echo/index/t.json', { 'if-none-match': tag })).status).toBe(304);
    await run('{"n":2}', { track_id: 't' });
    expect((await get('/echo/index/t.json', { 'if-none-match': tag })).status).toBe(200);
  });

  it('lives, is ready, and names each request', async () => {
    const { get } = await served();
    expect(await (await get('/healthz')).json()).toEqual({ status: 'ok' });
    expect(await (await get('/readyz')).json()).toEqual({ status: 'ready' });
    expect((await get('/healthz')).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const own = await get('/healthz', { 'x-request-id': 'trace-7' });
    expect(own.headers.get('x-request-id')).toBe('trace-7');
    const odd = await get('/healthz', { 'x-request-id': 'a b"c' });
    expect(odd.headers.get('x-request-id')).not.toBe('a b"c');
  });

  it('answers 405 with the methods that there are', async () => {
    const { url } = await served();
    const answer = await fetch(`${url}/echo/jobs`, { method: 'PATCH' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST, GET, HEAD');
  });
});

describe('events', () => {
  const frames = (text: string) =>
    [...text.matchAll(/id: (\d+)\nevent: (\w+)\ndata: (.+)\n\n/g)].map(([, id, type, data]) => {
      const event = jobEventSchema.parse(JSON.parse(data ?? ''));
      expect(event).toMatchObject({ seq: Number(id), type });
      return event;
    });

  it('of a job are told in order, to the end', async () => {
    const { run, get } = await served();
    const { job_id } = await run('{}');
    const answer = await get(`/echo/jobs/${job_id}/events`);
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const text = await answer.text();
    expect(frames(text).map(({ type }) => type)).toEqual(['submitted', 'started', 'done']);
    expect(text).toMatch(/event: end\ndata:\n\n$/);
    expect((await get('/echo/jobs/nothing/events')).status).toBe(404);
  });

  it('are resumed behind the last that was seen', async () => {
    const { run, get } = await served();
    const { job_id } = await run('{}');
    const all = frames(await (await get(`/echo/jobs/${job_id}/events`)).text());
    const rest = await get(`/echo/jobs/${job_id}/events?after=0`, {
      'last-event-id': String(all[0]?.seq),
    });
    expect(frames(await rest.text())).toEqual(all.slice(1));
  });

  it('of all jobs come as they happen, with a sign of life between', async () => {
    const daemon = await served({ limits: { heartbeatMs: 20 } });
    const socket = openSocket(daemon.url);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.write(requestText('GET', '/echo/events'));
    await until(() => (text.match(/^:$/gm) ?? []).length > 3);
    const job = await daemon.run('{}');
    await until(() => text.includes('event: done'));
    expect(text).toContain(job.job_id);
    socket.destroy();
  });

  it('end with the server, unfinished', async () => {
    const daemon = await served();
    const gate = daemon.runner.hold();
    const job = jobSchema.parse(await (await daemon.post('/echo/jobs', { features: {} })).json());
    const socket = openSocket(daemon.url);
    const stream = readAnswer(socket);
    socket.write(requestText('GET', `/echo/jobs/${job.job_id}/events`));
    await until(() => socket.bytesRead > 0);
    await daemon.server.close(60_000);
    expect((await stream).body).not.toContain('event: end');
    gate.open();
  });
});
