import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobStore } from '../../../src/core/ports/jobs/job-store.ts';
import { currentOwner } from '../../../src/support/process/owner.ts';
import { bundle, type Bundle } from '../../helpers/bundle.ts';
import { newJob, resultOf, scopeOf } from '../../helpers/jobs.ts';
import { openQueue } from '../../helpers/sqlite-queue.ts';
import { ownedTempDir, type TempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

interface Worker {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  /** Lines so far, split into words. */
  lines(): string[][];
}

let script: Bundle;
beforeAll(async () => {
  script = await bundle(join(import.meta.dirname, 'queue-worker.ts'));
});
afterAll(() => script.remove());

let dir: TempDir;
let file: string;
let store: JobStore;
const workers: Worker[] = [];

beforeEach(async () => {
  dir = await ownedTempDir();
  file = join(dir.path, 'jobs.db');
  await mkdir(join(dir.path, 'locks'));
  store = await openQueue(file);
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map(kill));
  await store.close();
  await dir.remove();
});

function start(mode: 'work' | 'stopped', submissions = 0): Worker {
  const args = [script.path, mode, file, join(dir.path, 'locks'), String(submissions)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const worker = {
    process: child,
    // What follows the last line end was cut off by a kill.
    lines: () =>
      output
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split(' ')),
  };
  workers.push(worker);
  return worker;
}

async function kill({ process: child }: Worker): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

const said = (word: string): string[][] =>
  workers.flatMap((worker) => worker.lines().filter(([first]) => first === word));

describe('processes that share a queue', () => {
  it('lose no accepted job and run no key twice at once, though they are killed at any moment', async () => {
    const startWorker = () => start('work', 45);
    for (let n = 0; n < 8; n += 1) startWorker();
    for (let kills = 0; kills < 12; kills += 1) {
      const settled = said('settled').length;
      await until(() => said('settled').length >= settled + 8 + kills);
      const victim = workers.filter(
        ({ process: child }) => child.exitCode === null && child.signalCode === null,
      )[kills % 8];
      if (victim === undefined) throw new Error('nobody is left');
      await kill(victim);
      startWorker();
    }
    await until(async () => {
      const { pending, running } = await store.counts();
      const submitted = workers.filter(({ process: child }) => child.signalCode === null);
      return (
        pending + running === 0 &&
        submitted.every(
          (worker) => worker.lines().filter(([word]) => word === 'accepted').length >= 45,
        )
      );
    });
    await Promise.all(workers.map(kill));

    expect(workers.map(({ process: child }) => child.exitCode)).toEqual(workers.map(() => null));
    expect(said('violation')).toEqual([]);
    const accepted = said('accepted').map(([, id = '']) => id);
    expect(accepted.length).toBeGreaterThanOrEqual(8 * 45);
    expect(new Set(accepted).size).toBe(accepted.length);
    for (const id of accepted) {
      const job = await store.get(id);
      expect(job?.state === 'done' || (job?.state === 'error' && job.crashes === 3)).toBe(true);
      expect(job?.attempts).toBe((job?.crashes ?? 0) + (job?.state === 'done' ? 1 : 0));
    }
    expect(said('settled').filter(([, , owned]) => owned !== 'true')).toEqual([]);
    const settled = said('settled').map(([, id]) => id);
    expect(new Set(settled).size).toBe(settled.length);
    const claims = said('started').map(([, id, epoch]) => `${String(id)} ${String(epoch)}`);
    expect(new Set(claims).size).toBe(claims.length);
  });

  it('fence a worker that was stopped past its lease and wakes up', async () => {
    const [job] = await store.submit([newJob('a')]);
    const worker = start('stopped');
    await until(() => said('claimed').length === 1);
    worker.process.kill('SIGSTOP');
    const scope = scopeOf(currentOwner());
    await until(async () => (await store.reap()).length === 1);
    const [mine] = await store.claim(scope, 1);
    expect(mine).toMatchObject({ id: job?.id, epoch: 2, crashes: 1 });
    worker.process.stdin.write('go on\n');
    worker.process.kill('SIGCONT');
    await until(() => said('settled').length === 1);
    expect([...said('heartbeat'), ...said('settled')]).toEqual([
      ['heartbeat', 'lost'],
      ['settled', 'false'],
    ]);
    if (mine === undefined) throw new Error('nothing was claimed');
    expect(await store.get(mine.id)).toEqual(mine);
    const result = resultOf('a');
    expect(await store.settle(mine, { state: 'done', result, cached: false })).toBe(true);
  });

  it('take up the job of a killed worker at once, long before its lease would end', async () => {
    await store.submit([newJob('a')]);
    const worker = start('stopped');
    await until(() => said('claimed').length === 1);
    const [running] = await store.list({ limit: 1 });
    if (running?.state !== 'running') throw new Error('not running');
    expect(await store.heartbeat(running, 3_600_000)).toBe('held');
    expect(await store.reap()).toEqual([]);
    await kill(worker);
    expect(await store.reap()).toHaveLength(1);
  });
});
