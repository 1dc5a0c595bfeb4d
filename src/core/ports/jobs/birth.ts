/** How a job begins, in every job store. */
import type { EndedJob, PendingJob } from '../../model/job/job.ts';
import {
  doneData,
  failureData,
  submittedData,
  type NewJobEvent,
} from '../../model/job/job-event.ts';
import type { NewJob } from './job-queue.ts';

/** A job that nobody runs. */
export type RestingJob = PendingJob | EndedJob;

/** @param now the wall time, ISO 8601 */
export function born(
  { spec, priority, max_attempts, hit, refusal }: NewJob,
  id: string,
  now: string,
): RestingJob {
  const job = { id, spec, priority, attempts: 0, max_attempts, crashes: 0, submitted_at: now };
  const ended = { started_at: null, finished_at: now };
  if (refusal !== undefined) return { ...job, ...ended, state: 'error', failure: refusal };
  if (hit !== null) return { ...job, ...ended, state: 'done', result: hit, cached: true };
  return { ...job, state: 'pending', run_at: null, failure: null };
}

/** The first tells that the job is new. */
export function birthEvents({ spec, priority, hit, refusal }: NewJob): readonly NewJobEvent[] {
  const submitted: NewJobEvent = {
    type: 'submitted',
    attempt: 0,
    data: submittedData(spec, priority),
  };
  if (refusal !== undefined)
    return [submitted, { type: 'failed', attempt: 0, data: failureData(refusal) }];
  if (hit === null) return [submitted];
  return [submitted, { type: 'done', attempt: 0, data: doneData(hit, true) }];
}
