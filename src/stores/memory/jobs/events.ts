/** Appends and reads the events of jobs in memory. */
import { CabError } from '../../../core/model/errors.ts';
import type { JobEvent, NewJobEvent } from '../../../core/model/job/job-event.ts';
import type { MemoryQueue } from './memory-queue.ts';

export function append(
  queue: MemoryQueue,
  job_id: string,
  event: NewJobEvent,
  at = queue.now(),
): void {
  queue.lastEvent += 1;
  queue.events.push({ ...structuredClone(event), seq: queue.lastEvent, job_id, at });
  queue.changed();
}

/** @throws CabError not_found */
export function record(queue: MemoryQueue, job_id: string, event: NewJobEvent): void {
  if (queue.get(job_id) === undefined)
    throw new CabError('not_found', `there is no job ${job_id}`, { details: { job: job_id } });
  append(queue, job_id, event);
}

export function events(
  queue: MemoryQueue,
  after: number,
  limit: number,
  job_id: string | undefined,
): readonly JobEvent[] {
  // Most callers read only the latest events.
  const from = queue.events.findLastIndex(({ seq }) => seq <= after) + 1;
  const later = from === 0 ? queue.events : queue.events.slice(from);
  const wanted = job_id === undefined ? later : later.filter((event) => event.job_id === job_id);
  return wanted.slice(0, limit);
}
