import Sqlite from 'better-sqlite3';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layoutOf } from '../../../../src/stores/local/layout.ts';
import { CabError } from '../../../../src/core/model/errors.ts';
import type { LocalBroker } from '../../../../src/core/engine/local-broker.ts';
import type { BrokerOnRootOptions } from '../../../../src/compose/stores/broker-on-root.ts';
import { scriptedBroker } from '../../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../../helpers/scripted-runner.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';
import { until } from '../../../helpers/until.ts';

let root: string;
let runner: ScriptedRunner;
let broker: LocalBroker;
let queue: Sqlite.Database;
const told: string[] = [];

beforeEach(async () => {
  root = await tempDir();
  runner = new ScriptedRunner();
  told.length = 0;
  const accepting = scriptedBroker(root, runner, { work: 'none' });
  await accepting.checkReady();
  await accepting.close();
  queue = new Sqlite(layoutOf(root).jobs);
});
afterEach(async () => {
  queue.close();
  await broker.close();
});

const tell = (_about: object, message = ''): void => void told.push(message);
const logger = { debug: tell, info: tell, warn: tell, error: tell };

function working(more: Partial<BrokerOnRootOptions>): LocalBroker {
  broker = scriptedBroker(root, runner, { work: 'all', graceMs: 1, logger, ...more });
  return broker;
}

it('hands a job back that it was claiming when it was told to stop, and ends', async () => {
  runner.behave = (_call, { signal }) => delay(1 << 30, undefined, { signal });
  const accepting = scriptedBroker(root, runner, { work: 'none' });
  const { job_id } = await accepting.submit({ features_text: '1' });
  queue.exec('BEGIN IMMEDIATE');
  await working({}).start();
  // The claim has been asked for, and waits for the lock.
  await delay(100);
  const closed = broker.close();
  await delay(100);
  queue.exec('ROLLBACK');
  await closed;
  expect(await accepting.job(job_id)).toMatchObject({ status: 'pending', attempts: 0 });
  await accepting.close();
});

it('takes up a job again that it lost to a standstill: the lost attempt ends, the other keeps its lease', async () => {
  const leaseMs = 2000;
  const signals: AbortSignal[] = [];
  runner.behave = async (_call, { signal }) => {
    signals.push(signal);
    if (signals.length === 1) {
      // As after a standstill that outlasted the lease.
      queue.exec('UPDATE jobs SET lease_until = 0');
      await delay(1 << 30, undefined, { signal });
    }
    await delay(1.5 * leaseMs, undefined, { signal });
    // Whoever changes the queue has the workers look at its leases.
    queue.exec('UPDATE meta SET value = value');
    await delay(leaseMs / 2, undefined, { signal });
    return undefined;
  };
  await working({ leaseMs, concurrency: 2 }).start();
  const { job_id } = await broker.submit({ features_text: '1' });
  expect(await broker.wait(job_id)).toMatchObject({ status: 'done', attempts: 2 });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
});

it('goes on beside a long job once a store that was held is free', async () => {
  let failures = 0;
  runner.behave = (call, { signal }) => {
    if (call.run_id === 'long') return delay(1 << 30, undefined, { signal });
    if (call.run_id === 'again' && (failures += 1) === 1)
      throw new CabError('runner_failed', 'once');
    return undefined;
  };
  await working({ concurrency: 2, maxAttempts: 2 }).start();
  const long = await broker.submit({ features_text: '1', run_id: 'long' });
  const again = await broker.submit({ features_text: '2', run_id: 'again' });
  await until(async () => (await broker.job(again.job_id)).run_at !== null);
  queue.exec('BEGIN IMMEDIATE');
  await until(() => told.includes('no job could be claimed; trying again'));
  queue.exec('ROLLBACK');
  expect(await broker.wait(again.job_id)).toMatchObject({ status: 'done', attempts: 2 });
  expect(await broker.job(long.job_id)).toMatchObject({ status: 'running', attempts: 1 });
});

it('never says that a job failed whose outcome could not be stored: it stays running, and is settled later', async () => {
  await working({ leaseMs: 1000 }).start();
  queue.exec(`CREATE TRIGGER full BEFORE UPDATE ON jobs WHEN NEW.state IN ('done', 'error')
    BEGIN SELECT RAISE(ABORT, 'no'); END`);
  const { job_id } = await broker.submit({ features_text: '1', track_id: 'song' });
  await until(() => told.includes('the outcome of a job could not be stored'));
  expect(await broker.job(job_id)).toMatchObject({ status: 'running' });
  queue.exec('DROP TRIGGER full');
  await until(async () => (await broker.job(job_id)).status === 'done');
  expect(runner.calls).toBe(1);
});

it('starts again by itself for jobs that wait, when what stopped it is over', async () => {
  let calls = 0;
  runner.behave = () => {
    calls += 1;
    if (calls === 1) throw new CabError('runner_failed', 'once');
    return undefined;
  };
  working({ work: 'own', maxAttempts: 2 });
  const { job_id } = await broker.submit({ features_text: '1' });
  await until(async () => (await broker.job(job_id)).run_at !== null);
  queue.exec(`CREATE TRIGGER held BEFORE UPDATE ON jobs WHEN NEW.state = 'running'
    BEGIN SELECT RAISE(ABORT, 'no'); END`);
  await until(() => told.includes('the worker stopped'));
  queue.exec('DROP TRIGGER held');
  await until(async () => (await broker.job(job_id)).status === 'done');
});

it('says in the log how each attempt ended', async () => {
  const ends: object[] = [];
  const keep = (facts: object, message: string): void => {
    if (message.startsWith('job ') && 'outcome' in facts) ends.push({ message, ...facts });
  };
  let calls = 0;
  runner.behave = () => {
    calls += 1;
    if (calls < 3) throw new CabError('runner_failed', `call ${calls}`, { hint: 'Look.' });
    return undefined;
  };
  await working({ maxAttempts: 2, logger: { ...logger, info: keep, warn: keep } }).start();
  const failed = await broker.submit({ features_text: '1', track_id: 'a' });
  await broker.wait(failed.job_id);
  const done = await broker.submit({ features_text: '2' });
  await broker.wait(done.job_id);
  const ms: unknown = expect.any(Number);
  const [delay_ms, about] = [ms, { job: failed.job_id, track: 'a', ms }];
  expect(ends).toEqual([
    { ...about, message: 'job retry', outcome: 'retry', reason: 'runner_failed: call 1', delay_ms },
    {
      ...about,
      message: 'job error',
      outcome: 'error',
      reason: 'runner_failed: call 2',
      hint: 'Look.',
    },
    { message: 'job done', job: done.job_id, track: null, outcome: 'done', ms },
  ]);
});

it('starts once what kept it from starting is over', async () => {
  const { jobs } = layoutOf(await tempDir());
  root = dirname(dirname(jobs));
  await mkdir(jobs, { recursive: true });
  await expect(working({}).start()).rejects.toMatchObject({ code: 'queue_unreadable' });
  await rmdir(jobs);
  await broker.start();
  const { job_id } = await broker.submit({ features_text: '1' });
  expect(await broker.wait(job_id)).toMatchObject({ status: 'done' });
});

describe('an artifact that is still written when its runner has answered', () => {
  it('is not published, and says so; what is written to a finished one later changes nothing', async () => {
    let isLate = true;
    let writing: NodeJS.Timeout | undefined;
    const open: number[] = [];
    runner.behave = async (call) => {
      const descriptor = openSync(call.artifact_path, 'w');
      open.push(descriptor);
      writeSync(descriptor, 'begun');
      if (isLate) writing = setInterval(() => writeSync(descriptor, ' and on'), 1);
      return { artifact: call.artifact_path, manifest: null };
    };
    await working({}).start();
    const { job_id } = await broker.submit({ features_text: '1' });
    expect(await broker.wait(job_id)).toMatchObject({
      status: 'error',
      problem: { code: 'runner_result_invalid' },
    });
    clearInterval(writing);
    isLate = false;
    const next = await broker.submit({ features_text: '2' });
    const { config_hash, source_hash } = await broker.wait(next.job_id);
    writeSync(open[1] ?? -1, ' and on');
    const file = await broker.open({ config_hash, source_hash });
    expect(await text(file.stream())).toBe('begun');
    for (const descriptor of open) closeSync(descriptor);
  });
});

describe('a job whose row is damaged', () => {
  const unreadable = 'a job that cannot be read was ended';

  it('that waits is ended and told of once; all others run, and it can be retried once it is mended', async () => {
    const accepting = scriptedBroker(root, runner, { work: 'none' });
    const first = await accepting.submit({ features_text: '1', priority: 5 });
    const others = await Promise.all(
      ['2', '3', '4'].map((features_text) => accepting.submit({ features_text })),
    );
    await accepting.close();
    const { spec } = stateOf(first.job_id);
    damage(first.job_id, '{}');

    await working({}).start();
    for (const { job_id } of others)
      expect(await broker.wait(job_id)).toMatchObject({ status: 'done' });
    await broker.idle();
    expect(told.filter((line) => line === unreadable)).toHaveLength(1);
    expect(stateOf(first.job_id)).toEqual({ state: 'error', spec: '{}' });

    damage(first.job_id, spec);
    expect(await broker.job(first.job_id)).toMatchObject({
      status: 'error',
      problem: { code: 'queue_unreadable', hint: expect.stringContaining('examined') as unknown },
    });
    const again = await broker.retry(first.job_id);
    expect(await broker.wait(again.job_id)).toMatchObject({ status: 'done' });
  });

  it("and whose worker died is ended, and what it left stands in nobody's way", async () => {
    const accepting = scriptedBroker(root, runner, { work: 'none' });
    const { job_id } = await accepting.submit({ features_text: '1' });
    await accepting.close();
    await mkdir(join(layoutOf(root).staging, `${job_id}-1`), { recursive: true });
    queue.exec(`UPDATE jobs SET state = 'running', attempts = 1, epoch = 1, started_at = submitted_at,
      owner = 'nobody', lease_boot = '', lease_until = 0, spec = '{'`);

    await working({}).start();
    const other = await broker.submit({ features_text: '2' });
    expect(await broker.wait(other.job_id)).toMatchObject({ status: 'done' });
    expect(stateOf(job_id)).toMatchObject({ state: 'error' });
  });

  function stateOf(id: string): { state: string; spec: string } {
    const found = queue.prepare('SELECT state, spec FROM jobs WHERE id = ?').get(id);
    return found as { state: string; spec: string };
  }

  function damage(id: string, spec: string): void {
    queue.prepare('UPDATE jobs SET spec = ? WHERE id = ?').run(spec, id);
  }
});
