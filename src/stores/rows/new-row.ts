/** The row of a job that comes into the store: one that is accepted, or one of another job store. */
import type { JobState, Owner } from '../../core/model/job/job.ts';
import type { NewJobEvent } from '../../core/model/job/job-event.ts';
import { objectOf } from '../../core/model/runner/runner-object.ts';
import { birthEvents, born, type RestingJob } from '../../core/ports/jobs/birth.ts';
import type { NewJob } from '../../core/ports/jobs/job-queue.ts';
import { resultText, specText } from './job-row.ts';
import { ownerText } from './rows.ts';

export interface NewColumns {
  readonly id: string;
  readonly state: JobState;
  readonly config_hash: string;
  readonly source_hash: string;
  readonly track_id: string | null;
  readonly object: string | null;
  readonly submitter: string | null;
  readonly priority: number;
  readonly attempts: number;
  readonly max_attempts: number;
  readonly crashes: number;
  readonly submitted_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly cached: number;
  readonly result: string | null;
  readonly failure: string | null;
  readonly spec: string;
  readonly kind: string | null;
  readonly needs: string | null;
}

export interface NewRow {
  readonly columns: NewColumns;
  readonly events: readonly NewJobEvent[];
  readonly job: RestingJob;
}

/** @param now the wall time, as columns hold it */
export function newRow(accepted: NewJob, id: string, now: string): NewRow {
  const job = born(accepted, id, now);
  return { columns: columnsOfJob(job, accepted.submitter), events: birthEvents(accepted), job };
}

/** @param submitter the process that will run the job; null if any may */
export function columnsOfJob(job: RestingJob, submitter: Owner | null): NewColumns {
  const { spec } = job;
  const isPending = job.state === 'pending';
  const failure = 'failure' in job ? job.failure : null;
  return {
    id: job.id,
    state: job.state,
    config_hash: spec.key.config_hash,
    source_hash: spec.key.source_hash,
    track_id: spec.track_id,
    object: objectOf(spec.runner),
    submitter: isPending && submitter !== null ? ownerText(submitter) : null,
    priority: job.priority,
    attempts: job.attempts,
    max_attempts: job.max_attempts,
    crashes: job.crashes,
    submitted_at: job.submitted_at,
    started_at: isPending ? null : job.started_at,
    finished_at: isPending ? null : job.finished_at,
    cached: job.state === 'done' && job.cached ? 1 : 0,
    result: job.state === 'done' ? resultText(job.result, spec.key) : null,
    failure: failure && JSON.stringify(failure),
    spec: specText(spec),
    kind: spec.kind ?? null,
    needs: spec.needs === undefined ? null : JSON.stringify(spec.needs),
  };
}
