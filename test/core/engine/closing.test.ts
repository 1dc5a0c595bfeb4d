import Sqlite from 'better-sqlite3';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { bundle } from '../../helpers/bundle.ts';
import { scriptedBroker } from '../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const submissions = 40;

it('leaves each submission that is under way when the broker closes accepted in the queue, or refused', async () => {
  const root = await tempDir();
  const runner = new ScriptedRunner();
  const broker = scriptedBroker(root, runner, { graceMs: 60_000 });
  const underWay = Array.from({ length: submissions }, (_, n) =>
    broker.submit({ features_text: `{"n":${n}}` }),
  );
  await broker.close();
  const ended = await Promise.allSettled(underWay);
  expect(ended.map(({ status }) => status)).toEqual(ended.map(() => 'fulfilled'));
  await expect(broker.submit({ features_text: '{"n":"late"}' })).rejects.toMatchObject({
    code: 'canceled',
  });

  const next = scriptedBroker(root, runner);
  expect(await next.counts()).toMatchObject({ pending: submissions, running: 0, error: 0 });
  await next.idle();
  expect(await next.counts()).toMatchObject({ pending: 0, done: submissions, error: 0 });
  await next.close();
});

it('closes its store also where a runner cannot be closed, and says why', async () => {
  const runner = new ScriptedRunner();
  runner.close = () => Promise.reject(new Error('it goes on'));
  const broker = scriptedBroker(await tempDir(), runner);
  await broker.submit({ features_text: '1' });
  await expect(broker.close()).rejects.toThrow('it goes on');
  await expect(broker.counts()).rejects.toMatchObject({ code: 'canceled' });
});

it('holds its process for no grace where the worker cannot go on', async () => {
  const script = await bundle(join(import.meta.dirname, 'failing-worker.ts'));
  const { stdout } = await execa('node', [script.path, await tempDir()]);
  await script.remove();
  expect(stdout).toBe('the worker stopped');
});

it('leaves nobody waiting for a job, or following events, that the closed broker would tell of no more', async () => {
  const runner = new ScriptedRunner();
  runner.behave = (_call, { signal }) => delay(1 << 30, undefined, { signal });
  const broker = scriptedBroker(await tempDir(), runner, { graceMs: 1 });
  const { job_id } = await broker.submit({ features_text: '1' });
  const follow = async (query: { job_id?: string }): Promise<void> => {
    for await (const event of broker.events(query)) expect(event.job_id).toBe(job_id);
  };
  const left = Promise.allSettled([broker.wait(job_id), follow({ job_id }), follow({})]);
  await broker.close();
  const canceled = { status: 'rejected', reason: { code: 'canceled' } };
  expect(await left).toMatchObject([canceled, canceled, canceled]);
});

it('keeps nothing of a wait that is over', async () => {
  const script = await bundle(join(import.meta.dirname, 'waiting-process.ts'));
  const { stdout } = await execa('node', ['--expose-gc', script.path, await tempDir()]);
  await script.remove();
  // Node itself keeps some thirty for each timer of a signal.
  expect(Number(stdout)).toBeLessThan(200);
});

it('waits anew once a job store that could not be read can be read again', async () => {
  const root = await tempDir();
  const broker = scriptedBroker(root, new ScriptedRunner());
  const { job_id } = await broker.submit({ features_text: '1' });
  const damage = new Sqlite(layoutOf(root).jobs);
  const last = damage.prepare(`SELECT seq FROM sqlite_sequence WHERE name = 'events'`).pluck();
  await broker.idle();
  const seq = last.get();
  damage.exec(`UPDATE sqlite_sequence SET seq = 'x' WHERE name = 'events'`);
  await expect(broker.wait(job_id)).rejects.toThrow();
  damage.prepare(`UPDATE sqlite_sequence SET seq = ? WHERE name = 'events'`).run(seq);
  damage.close();
  expect(await broker.wait(job_id)).toMatchObject({ status: 'done' });
  await broker.close();
});
