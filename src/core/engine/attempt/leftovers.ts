/** What a worker that was killed leaves behind: staging, files on their way, and processes that its runners started. */
import { join } from 'node:path';
import type { EntryStore } from '../../ports/entry-store.ts';
import type { Layout } from '../../../stores/local/layout.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { removeTree } from '../../../support/files/remove-tree.ts';
import { attemptNamed } from '../../../stores/local/staging.ts';
import type { TellStuck } from '../../../support/files/stuck.ts';
import { sweepTemporary } from '../../../support/files/temporary.ts';
import { isCabError } from '../../model/errors.ts';
import type { RunningJob } from '../../model/job.ts';
import type { JobStore } from '../../ports/job-store.ts';
import { endLeftoverProcess } from '../../../support/process/leftover-process.ts';

/** Before a job is run again: ends what its earlier attempt may still be running. */
export async function endLeftovers(
  layout: Layout,
  job: RunningJob,
  tell: TellStuck,
): Promise<void> {
  if (job.attempts > 1) await endProcess(layout, `${job.id}-${job.attempts - 1}.pid`, tell);
}

export interface SweepServices {
  readonly layout: Layout;
  readonly entries: EntryStore;
  readonly tellStuck: TellStuck;
}

export interface SweptLeftovers {
  /** Directories of attempts. */
  readonly staging: number;
  /** Files on their way. */
  readonly temporary: number;
}

/**
 * Everything whose attempt is not running any more; safe beside other workers. What cannot be removed is told and passed
 * over: the next sweep tries again.
 */
export async function sweepLeftovers(
  { layout, entries, tellStuck }: SweepServices,
  store: JobStore,
): Promise<SweptLeftovers> {
  for (const name of await deadAttempts(layout, store, '.pid'))
    await endProcess(layout, name, tellStuck);
  const staging = await entries.sweepStaging((job_id, attempt) => isLive(store, job_id, attempt));
  return { staging, temporary: await sweepTemporary(layout, tellStuck) };
}

/** Names in staging that belong to attempts which are not running; notes of processes are asked for by `.pid`. */
export async function deadAttempts(
  layout: Layout,
  store: JobStore,
  kind: '.pid' | 'directory' = 'directory',
): Promise<string[]> {
  const dead: string[] = [];
  for (const name of await namesIn(layout.staging)) {
    const named = attemptNamed(name);
    if (named === undefined || (named.suffix === '.pid') !== (kind === '.pid')) continue;
    if (!(await isLive(store, named.job_id, named.attempt))) dead.push(name);
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

async function endProcess(layout: Layout, note: string, tell: TellStuck): Promise<void> {
  const file = join(layout.staging, note);
  await endLeftoverProcess(file);
  const stuck = await removeTree(file);
  if (stuck !== undefined) tell(stuck);
}
