/** What a worker that was killed leaves behind: staging, files on their way, and processes that its runners started. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EntryStore } from '../cas/entry-store.ts';
import type { Layout } from '../cas/layout.ts';
import { namesIn } from '../cas/names-in.ts';
import { sweepTemporary } from '../cas/temporary.ts';
import { isCabError } from '../errors.ts';
import type { RunningJob } from '../model/job.ts';
import type { JobStore } from '../queue/job-store.ts';
import { endLeftoverProcess } from './leftover-process.ts';

/** Before a job is run again: ends what its earlier attempt may still be running. */
export async function endLeftovers(layout: Layout, job: RunningJob): Promise<void> {
  if (job.attempts > 1) await endProcess(layout, `${job.id}-${job.attempts - 1}`);
}

/** Everything whose attempt is not running any more; safe beside other workers. */
export async function sweepLeftovers(
  layout: Layout,
  entries: EntryStore,
  store: JobStore,
): Promise<void> {
  for (const attemptName of await deadAttempts(layout, store, '.pid'))
    await endProcess(layout, attemptName);
  await entries.sweepStaging((job_id, attempt) => isLive(store, job_id, attempt));
  await sweepTemporary(layout);
}

/** `<job>-<attempt>` of what lies in staging, under names of this suffix, for attempts that are not running. */
export async function deadAttempts(
  layout: Layout,
  store: JobStore,
  suffix = '',
): Promise<string[]> {
  const dead: string[] = [];
  for (const name of await namesIn(layout.staging)) {
    if (!name.endsWith(suffix)) continue;
    const attemptName = name.slice(0, name.length - suffix.length);
    const [, job_id, attempt] = /^([^.]+)-(\d+)$/.exec(attemptName) ?? [];
    if (job_id !== undefined && !(await isLive(store, job_id, Number(attempt))))
      dead.push(attemptName);
  }
  return dead;
}

/** One whose job cannot be read may be: what it left stays until the job store is mended. */
async function isLive(store: JobStore, job_id: string, attempt: number): Promise<boolean> {
  try {
    const job = await store.get(job_id);
    return job?.state === 'running' && job.attempts === attempt;
  } catch (error) {
    if (isCabError(error, 'queue_unreadable')) return true;
    throw error;
  }
}

async function endProcess(layout: Layout, attemptName: string): Promise<void> {
  const file = join(layout.staging, `${attemptName}.pid`);
  await endLeftoverProcess(file);
  await rm(file, { force: true });
}
