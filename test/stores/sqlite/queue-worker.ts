/**
 * A worker in a process of its own, for tests that stop and kill it. Its lines go out one write each, so
 * that what it said before a kill is whole.
 */
import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf } from '../../../src/core/model/errors.ts';
import type { RunningJob } from '../../../src/core/model/job/job.ts';
import { currentOwner } from '../../../src/support/process/owner.ts';
import { openJobStore } from '../../../src/stores/sqlite/sqlite-job-store.ts';
import { newJob, resultOf, scopeOf } from '../../helpers/jobs.ts';

const [mode = '', file = '', locks = '', submissions = '0'] = process.argv.slice(2);

const say = (...words: (string | number | boolean)[]): number =>
  writeSync(1, `${words.join(' ')}\n`);

const store = await openJobStore({ file, create: true });
if (store === undefined) throw new Error(`no queue at ${file}`);
const scope = scopeOf(currentOwner(), { lease_ms: mode === 'stopped' ? 400 : 60_000 });

if (mode === 'stopped') await claimAndWait();
else await work();

/** Claims one job, says so, and settles when it is told to on its input. */
async function claimAndWait(): Promise<void> {
  const [job] = (await store?.claim(scope, 1)) ?? [];
  if (store === undefined || job === undefined) throw new Error('nothing was claimed');
  say('claimed', job.id);
  await new Promise((resolve) => process.stdin.once('data', resolve));
  say('heartbeat', await store.heartbeat(job, 60_000));
  say('settled', await store.settle(job, done(job)));
  process.exit();
}

/** Submits and works until it is killed. */
async function work(): Promise<never> {
  let left = Number(submissions);
  for (let round = 0; ; round += 1) {
    if (left > 0) {
      // A third of the jobs share their key with others.
      const names = [`${process.pid}-${round}`, `${process.pid}-${round}b`, `shared-${round % 3}`];
      for (const { id } of (await store?.submit(names.map((name) => newJob(name)))) ?? [])
        say('accepted', id);
      left -= names.length;
    }
    await store?.reap();
    const jobs = (await store?.claim(scope, 3)) ?? [];
    await Promise.all(jobs.map(run));
    if (jobs.length === 0) await delay(5);
  }
}

async function run(job: RunningJob): Promise<void> {
  const lock = join(locks, job.spec.key.config_hash);
  say('started', job.id, job.epoch);
  take(lock);
  await delay(Math.random() * 4);
  rmSync(lock);
  say('settled', job.id, (await store?.settle(job, done(job))) ?? false);
}

/** One file a key: found while its maker lives, two run one key at once. */
function take(lock: string): void {
  try {
    const descriptor = openSync(lock, 'wx');
    writeSync(descriptor, String(process.pid));
    closeSync(descriptor);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    const holder = readFileSync(lock, 'utf8');
    if (holder !== '' && lives(Number(holder))) say('violation', lock, holder);
    writeFileSync(lock, String(process.pid));
  }
}

/** By its state: a killed process has a pid until its parent has asked for it. */
function lives(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !['Z', 'X'].includes(stat.charAt(stat.lastIndexOf(')') + 2));
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

function done(job: RunningJob) {
  return { state: 'done', result: resultOf(job.spec.run_id), cached: false } as const;
}
