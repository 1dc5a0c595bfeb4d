/** Reads jobs in memory, by id or by a filter. */
import { isEnded, type Job, type JobState } from '../../../core/model/job/job.ts';
import { formatKey, type EntryKey } from '../../../core/model/entry/key.ts';
import type { JobOutline } from '../../../core/model/job/job-outline.ts';
import type { JobFilter } from '../../../core/ports/jobs/job-records.ts';
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

export function list(queue: MemoryQueue, filter: JobFilter): Job[] {
  const { states, track_id, limit, before, from } = filter;
  const isWanted = ({ job }: StoredJob): boolean =>
    (before === undefined || job.id < before) &&
    (from === undefined || job.id >= from) &&
    (track_id === undefined || job.spec.track_id === track_id) &&
    (states === undefined || states.includes(job.state));
  return newestFirst(queue, isWanted, limit);
}

export function outlineOf(job: Job): JobOutline {
  const { id, state, spec, submitted_at } = job;
  return {
    ...{ id, state, submitted_at },
    key: job.state === 'done' ? keyOnly(job.result) : spec.key,
    track_id: spec.track_id,
    runner: spec.runner,
    input_path: spec.input.path,
    force: spec.force,
    cached: job.state === 'done' && job.cached,
    started_at: job.state === 'pending' ? null : job.started_at,
    finished_at: isEnded(job) ? job.finished_at : null,
  };
}

const keyOnly = ({ config_hash, source_hash }: EntryKey): EntryKey => ({
  config_hash,
  source_hash,
});

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
