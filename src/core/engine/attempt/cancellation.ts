import type { Job } from '../../model/job/job.ts';
import type { JobStore } from '../../ports/jobs/job-store.ts';
import type { Workspace } from '../../ports/workspace.ts';
import { liveIn } from '../../publication/live-attempts.ts';

/**
 * As `JobStore.cancel`. If the worker of the job is dead, nobody would see the request. Then this ends the job, and the
 * processes that its runner left.
 */
export async function cancelJob(
  id: string,
  workspace: Workspace,
  store: JobStore | undefined,
): Promise<Job | undefined> {
  const job = await store?.cancel(id);
  if (store === undefined || job?.state !== 'running' || (await store.reap()).length === 0)
    return job;
  await workspace.sweep(liveIn(store));
  return store.get(id);
}
