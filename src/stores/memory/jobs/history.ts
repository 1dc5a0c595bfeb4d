import type { DoneJob } from '../../../core/model/job/job.ts';
import type { TrackStep } from '../../../core/model/entry/pointer.ts';
import type { KnownPointer, TrailingTrack } from '../../../core/ports/jobs/track-records.ts';
import { idMaker } from '../../../support/ascending-ids.ts';
import type { MemoryQueue } from './memory-queue.ts';

/** A job without a track is not in the history. */
export function addToHistory(queue: MemoryQueue, { id, spec, result, finished_at }: DoneJob): void {
  const { track_id } = spec;
  if (track_id === null) return;
  const { config_hash, source_hash, artifact, manifest, etag } = result;
  const target = { track_id, config_hash, source_hash, artifact, manifest, etag };
  stepsOf(queue, track_id).set(id, { ...target, job_id: id, at: finished_at });
  queue.trailing.set(id, track_id);
}

export async function adopt(queue: MemoryQueue, pointers: readonly KnownPointer[]): Promise<void> {
  const makeId = await idMaker();
  for (const { job_id, ...pointer } of pointers) {
    const id = job_id ?? queue.handOutId(makeId);
    queue.passId(id);
    const steps = stepsOf(queue, pointer.track_id);
    if (!steps.has(id)) steps.set(id, { ...pointer, job_id: id });
  }
  queue.changed();
}

/** Ids ascend in the order of submission, so a job that ends late takes its earlier place. */
export function history(queue: MemoryQueue, track_id: string): TrackStep[] {
  const steps = queue.history.get(track_id)?.values() ?? [];
  return [...steps].sort((a, b) => (a.job_id < b.job_id ? 1 : -1));
}

export function forgetTrack(queue: MemoryQueue, track_id: string): void {
  queue.history.delete(track_id);
  for (const [job_id, track] of queue.trailing)
    if (track === track_id) queue.trailing.delete(job_id);
  queue.changed();
}

export const trailing = (queue: MemoryQueue): TrailingTrack[] =>
  [...queue.trailing].map(([job_id, track_id]) => ({ job_id, track_id }));

export function caughtUp(queue: MemoryQueue, job_ids: readonly string[]): void {
  for (const job_id of job_ids) queue.trailing.delete(job_id);
  queue.changed();
}

function stepsOf({ history: tracks }: MemoryQueue, track_id: string): Map<string, TrackStep> {
  const steps = tracks.get(track_id) ?? new Map<string, TrackStep>();
  tracks.set(track_id, steps);
  return steps;
}
