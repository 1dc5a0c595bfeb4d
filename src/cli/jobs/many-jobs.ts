/** Jobs that a command takes together: those that have not ended, and those that failed. */
import type { Broker, JobQuery } from '../../core/engine/broker.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';
import { formatKey } from '../../core/model/entry/key.ts';
import { inOrder } from './in-order.ts';

/** The most that a broker lists at a time. */
const page = 1000;
/** Cancels that are under way at a time; those that are share a commit. */
const together = 64;

/**
 * Cancels what is pending and what runs, of one track or of all, and gives the jobs as they are then. Pending jobs first, or
 * one would begin in the place of one that ends.
 */
export async function cancelJobs(
  broker: Broker,
  track: string | undefined,
  { signal, take }: { readonly signal: AbortSignal; readonly take: (job: JobDocument) => void },
): Promise<void> {
  const ids: string[] = [];
  for (const status of ['pending', 'running'] as const)
    for await (const { job_id } of jobsOf(broker, {
      status,
      ...(track !== undefined && { track }),
    }))
      ids.push(job_id);
  await inOrder(
    // A job that has begun meanwhile is listed twice.
    [...new Set(ids)],
    { width: together, signal },
    (id) => broker.cancel(id),
    take,
  );
}

/**
 * Ids of the jobs to submit again, the oldest first: of each key and track the latest that failed, unless one of the latest
 * jobs has done its work since, or is about to.
 */
export async function failedJobs(broker: Broker): Promise<readonly string[]> {
  const recent = new Map<string, JobDocument>();
  for (const job of (await broker.jobs({ limit: page })).jobs)
    if (job.status !== 'canceled' && !recent.has(workOf(job))) recent.set(workOf(job), job);
  const latest = new Map<string, string>();
  for await (const job of jobsOf(broker, { status: 'error' })) {
    const work = workOf(job);
    const isSettled = (recent.get(work)?.status ?? 'error') !== 'error';
    if (!isSettled && !latest.has(work)) latest.set(work, job.job_id);
  }
  return [...latest.values()].reverse();
}

const workOf = (job: JobDocument): string => JSON.stringify([formatKey(job), job.track_id]);

async function* jobsOf(broker: Broker, query: JobQuery): AsyncGenerator<JobDocument> {
  for (let cursor: string | null | undefined; cursor !== null;) {
    const { jobs, next } = await broker.jobs({
      ...query,
      limit: page,
      ...(cursor !== undefined && { cursor }),
    });
    yield* jobs;
    cursor = next;
  }
}
