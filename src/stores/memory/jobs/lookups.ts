/** Reads jobs in memory, by id or by a filter. */
import { isEnded, type Job, type JobState } from '../../../core/model/job.ts';
import { formatKey, type EntryKey } from '../../../core/model/key.ts';
import type { JobFilter } from '../../../core/ports/job-store.ts';
import type { MemoryQueue, StoredJob } from './memory-queue.ts';

export function get(queue: MemoryQueue, id: string): Job | undefined {
  const stored = queue.get(id);
  return stored && jobOf(queue, stored);
}

/** Shows no `run_at` once the delay is over. */
export function jobOf(queue: MemoryQueue, { job, due }: StoredJob): Job {
  const waits = due !== null && due > queue.clock.monotonic();
  return job.state === 'pending' && !waits ? { ...job, run_at: null } : job;
}

export function list(queue: MemoryQueue, { states, track_id, limit, before }: JobFilter): Job[] {
  const isWanted = ({ job }: StoredJob): boolean =>
    (before === undefined || job.id < before) &&
    (track_id === undefined || job.spec.track_id === track_id) &&
    (states === undefined || states.includes(job.state));
  return newestFirst(queue, isWanted, limit);
}

export function endedAt(queue: MemoryQueue, entries: readonly EntryKey[], limit: number): Job[] {
  const wanted = new Set(entries.map(formatKey));
  const isWanted = ({ job }: StoredJob): boolean =>
    job.state === 'done' && wanted.has(formatKey(job.result));
  return newestFirst(queue, isWanted, limit);
}

function newestFirst(
  queue: MemoryQueue,
  isWanted: (stored: StoredJob) => boolean,
  limit: number,
): Job[] {
  const found = [...queue.all()].filter(isWanted).toReversed();
  return found.slice(0, limit).map((stored) => jobOf(queue, stored));
}

/** Ended jobs, the earliest submission first. */
export const ended = (queue: MemoryQueue): StoredJob[] =>
  [...queue.all()].filter(({ job }) => isEnded(job));

export const ofStates = (queue: MemoryQueue, states: readonly JobState[]): StoredJob[] =>
  states.flatMap((state) => queue.in(state)).sort((a, b) => a.seq - b.seq);
