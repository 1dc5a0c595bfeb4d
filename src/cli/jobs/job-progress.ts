/** Waits for jobs, and lets a person at a terminal see how far they are. */
import { WriteStream } from 'node:tty';
import type { Broker } from '../../core/engine/broker.ts';
import { isCabError } from '../../core/model/errors.ts';
import {
  hasEnded,
  type EndedJobDocument,
  type JobDocument,
} from '../../core/model/job/job-document.ts';
import { waitTimeout } from '../../support/time/wait-limit.ts';
import { inOrder } from './in-order.ts';
import { isWatched, type Services } from '../services.ts';

/** An accepted job, as the user knows it, and where it stood on the command line. */
export interface Accepted {
  readonly name: string;
  readonly job: JobDocument;
  readonly at: number;
}

export interface FollowOptions {
  readonly broker: Broker;
  readonly signal: AbortSignal;
  readonly services: Pick<Services, 'stderr' | 'env' | 'isQuiet'>;
  /** Of the whole wait; undefined for as long as it takes. */
  readonly waitTimeoutMs: number | undefined;
}

/** How many waits are under way at a time; a job further back is asked for when its turn comes. */
const width = 64;

/** More jobs than this share one bar. */
const mostLines = 8;

/** Calls `take` for each job once it has ended. Throws wait_timeout, or the signal's reason. */
export async function followJobs(
  accepted: readonly Accepted[],
  { broker, signal, services, waitTimeoutMs }: FollowOptions,
  take: (job: EndedJobDocument, accepted: Accepted) => void,
): Promise<void> {
  const deadline = performance.now() + (waitTimeoutMs ?? Infinity);
  // The queue's order, in which they end; files that were hashed at the same time need not have kept theirs.
  const queued = accepted.toSorted((a, b) => (a.job.job_id < b.job.job_id ? -1 : 1));
  const ended = async ({ job }: Accepted): Promise<EndedJobDocument> => {
    if (hasEnded(job)) return job;
    const { job_id } = job;
    if (waitTimeoutMs === undefined) return broker.wait(job_id, { signal });
    const left = Math.max(1, Math.ceil(deadline - performance.now()));
    return broker.wait(job_id, { signal, timeoutMs: left }).catch((error: unknown) => {
      // The user knows the limit, not what other waits have left of it.
      throw isCabError(error, 'wait_timeout') ? waitTimeout(job_id, waitTimeoutMs) : error;
    });
  };
  const { stderr } = services;
  const quiet = accepted.every(({ job }) => hasEnded(job));
  if (quiet || !isWatched(services) || !(stderr instanceof WriteStream))
    return inOrder(queued, { width, signal }, ended, take);

  const view = await import('../terminal/progress-view.ts');
  if (accepted.length > mostLines) {
    const bar = view.bar(stderr, accepted.length);
    let failed = 0;
    return bar.during(
      inOrder(queued, { width, signal }, ended, (job, item, index) => {
        if (job.status !== 'done') failed += 1;
        bar.at(index + 1, failed);
        take(job, item);
      }),
    );
  }
  const ends = accepted.map((item) => ({ item, name: item.name, job: item.job, end: ended(item) }));
  const lines = view.lines(stderr, ends, (id) => broker.events({ job_id: id, signal }));
  await Promise.all([
    lines,
    inOrder(
      ends,
      { width, signal },
      ({ end }) => end,
      (job, { item }) => take(job, item),
    ),
  ]);
}
