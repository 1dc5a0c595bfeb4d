import { expect, it } from 'vitest';
import { jobSchema } from '../../../src/http/wire/job-answer.ts';
import { queueAnswerSchema } from '../../../src/http/wire/queue.ts';
import { scriptedBroker } from '../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';
import { served, type Served } from '../../helpers/served.ts';
import { until } from '../../helpers/until.ts';

const queue = async ({ get }: Pick<Served, 'get'>, headers = {}) =>
  queueAnswerSchema.parse(await (await get('/echo/queue', headers)).json());

const put = (url: string, body: unknown, headers = {}) =>
  fetch(`${url}/echo/queue`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

it('shows what waits by priority, what runs, the rates, the workers and the disk', async () => {
  const daemon = await served({}, { concurrency: 1 });
  const { post, runner } = daemon;
  const idle = await queue(daemon);
  expect(idle).toMatchObject({ waiting: [], active: [], oldest_waiting_s: null, role: 'write' });
  const gate = runner.hold();
  const submit = async (n: number, priority = 0) =>
    jobSchema.parse(await (await post('/echo/jobs', { features: { n }, priority })).json());
  const first = await submit(0);
  await until(async () => (await daemon.broker.job(first.job_id)).status === 'running');
  for (const [n, priority] of [-5, 7, 7].entries()) await submit(n + 1, priority);
  await until(async () => (await queue(daemon)).rates[0]?.submitted === 4);
  const now = await queue(daemon);
  expect(now).toMatchObject({
    ...{ paused: false, concurrency: 2, version: 'test' },
    counts: { pending: 3, running: 1, done: 0 },
    waiting: [
      { priority: 7, jobs: 2 },
      { priority: -5, jobs: 1 },
    ],
    active: [{ runner: first.runner, name: first.runner, pending: 3, running: 1 }],
    rates: [1, 5, 15].map((minutes) => ({ minutes, submitted: 4, ended: 0 })),
  });
  expect(now.oldest_waiting_s).toBeGreaterThanOrEqual(0);
  expect(now.disk?.free_bytes).toBeGreaterThan(0);
  expect(now.disk?.total_bytes).toBeGreaterThan(now.disk?.used_bytes ?? Infinity);
  gate.open();
  await daemon.broker.idle();
  await until(async () => (await queue(daemon)).rates[0]?.ended === 4);
  expect(await queue(daemon)).toMatchObject({ waiting: [], active: [], oldest_waiting_s: null });
});

it('shows the runner first that has the most jobs, waiting and running together', async () => {
  const daemon = await served({}, { concurrency: 2 });
  const { root, post, runner } = daemon;
  const gate = runner.hold();
  const objects = { other: new ScriptedRunner() };
  const other = scriptedBroker(root, objects.other, {
    ...{ runner: 'object:other', objects, work: 'none' },
  });
  for (const n of [1, 2]) await other.submit({ features_text: `{"n":${n}}` });
  await other.close();
  const active = async () => (await queue(daemon)).active;
  await until(async () => (await active())[0]?.pending === 2);
  for (const n of [3, 4, 5]) await post('/echo/jobs', { features: { n } });
  await until(async () => (await active()).some(({ running }) => running === 2));
  const now = await active();
  gate.open();
  expect(now).toMatchObject([
    { runner: 'object:scripted', pending: 1, running: 2 },
    { runner: 'object:other', pending: 2, running: 0 },
  ]);
});

it('takes no job while it is paused, lets running ones finish, and says so', async () => {
  const daemon = await served({}, { concurrency: 2 });
  const { url, get, post, runner, broker } = daemon;
  const gate = runner.hold();
  const submit = async (n: number) =>
    jobSchema.parse(await (await post('/echo/jobs', { features: { n } })).json()).job_id;
  const running = await submit(1);
  await until(async () => (await broker.job(running)).status === 'running');
  const answer = await put(url, { paused: true });
  expect(answer.status).toBe(200);
  expect(queueAnswerSchema.parse(await answer.json()).paused).toBe(true);
  const waiting = await submit(2);
  gate.open();
  expect((await broker.wait(running)).status).toBe('done');
  expect((await get('/readyz')).status).toBe(200);
  expect(await (await get('/metrics')).text()).toMatch(/^cab_paused 1$/m);
  expect(await queue(daemon)).toMatchObject({ paused: true, counts: { pending: 1, running: 0 } });
  expect((await broker.job(waiting)).status).toBe('pending');
  expect(await (await put(url, { paused: false })).json()).toMatchObject({ paused: false });
  expect((await broker.wait(waiting)).status).toBe('done');
  expect(await (await get('/metrics')).text()).toMatch(/^cab_paused 0$/m);
});

it('is paused also where no worker had begun', async () => {
  const { url, post, broker, runner } = await served();
  await put(url, { paused: true });
  const { job_id } = jobSchema.parse(
    await (await post('/echo/jobs', { features: 1 }, { prefer: 'wait=0.2' })).json(),
  );
  expect((await broker.job(job_id)).status).toBe('pending');
  expect(runner.calls).toBe(0);
  await put(url, { paused: false });
  expect((await broker.wait(job_id)).status).toBe('done');
});

it('tells a caller its role, and lets a reader pause nothing', async () => {
  const daemon = await served({
    tokens: [
      { token: 'looks', role: 'read' },
      { token: 'works', role: 'write' },
    ],
  });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  expect(await queue(daemon, bearer('looks'))).toMatchObject({ role: 'read' });
  expect(await queue(daemon, bearer('works'))).toMatchObject({ role: 'write' });
  expect((await put(daemon.url, { paused: true }, bearer('looks'))).status).toBe(403);
  expect(await queue(daemon, bearer('looks'))).toMatchObject({ paused: false });
  expect((await put(daemon.url, { paused: true }, bearer('works'))).status).toBe(200);
});

it.each([
  ['no field', {}],
  ['another field', { paused: true, colour: 'red' }],
  ['text', { paused: 'yes' }],
])('refuses a pause with %s', async (_, body) => {
  const { url } = await served();
  const answer = await put(url, body);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
});

it('refuses what is no JSON, what says another charset, and a page of another site', async () => {
  const { url } = await served();
  const send = (body: string, headers: Record<string, string>) =>
    fetch(`${url}/echo/queue`, { method: 'PUT', body, headers });
  const json = { 'content-type': 'application/json' };
  expect(await (await send('{"paused":', json)).json()).toMatchObject({ error: 'invalid_json' });
  const latin = { 'content-type': 'application/json; charset=latin1' };
  expect((await send('{"paused":true}', latin)).status).toBe(415);
  const foreign = { ...json, origin: 'https://evil.example' };
  expect((await send('{"paused":true}', foreign)).status).toBe(403);
});
