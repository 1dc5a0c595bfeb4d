/** What a worker that was killed leaves behind: staging, files on their way, and processes that its runners started. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EntryStore } from '../cas/entry-store.ts';
import type { Layout } from '../cas/layout.ts';
import { namesIn } from '../cas/names-in.ts';
import { sweepTemporary } from '../cas/temporary.ts';
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
  const isLive = async (job_id: string, attempt: number): Promise<boolean> => {
    const job = await store.get(job_id);
    return job?.state === 'running' && job.attempts === attempt;
  };
  for (const name of await namesIn(layout.staging)) {
    const [, attemptName, job_id, attempt] = /^((.+)-(\d+))\.pid$/.exec(name) ?? [];
    if (
      attemptName === undefined ||
      job_id === undefined ||
      (await isLive(job_id, Number(attempt)))
    )
      continue;
    await endProcess(layout, attemptName);
  }
  await entries.sweepStaging(isLive);
  await sweepTemporary(layout);
}

async function endProcess(layout: Layout, attemptName: string): Promise<void> {
  const file = join(layout.staging, `${attemptName}.pid`);
  await endLeftoverProcess(file);
  await rm(file, { force: true });
}
