/** The row of a job that is accepted, and the events that tell of it. */
import type { Job, JobState } from '../../core/model/job/job.ts';
import type { NewJobEvent } from '../../core/model/job/job-event.ts';
import { objectOf } from '../../core/model/runner/runner-object.ts';
import { birthEvents, born } from '../../core/ports/jobs/birth.ts';
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
  readonly max_attempts: number;
  readonly submitted_at: string;
  readonly finished_at: string | null;
  readonly cached: number;
  readonly result: string | null;
  readonly failure: string | null;
  readonly spec: string;
  readonly kind: string | null;
}

export interface NewRow {
  readonly columns: NewColumns;
  readonly events: readonly NewJobEvent[];
  readonly job: Job;
}

/** @param now the wall time, as columns hold it */
export function newRow(accepted: NewJob, id: string, now: string): NewRow {
  const { spec, priority, max_attempts, submitter, hit, refusal } = accepted;
  const job = born(accepted, id, now);
  const isPending = job.state === 'pending';
  const columns = {
    id,
    state: job.state,
    config_hash: spec.key.config_hash,
    source_hash: spec.key.source_hash,
    track_id: spec.track_id,
    object: objectOf(spec.runner),
    submitter: isPending && submitter !== null ? ownerText(submitter) : null,
    priority,
    max_attempts,
    submitted_at: now,
    finished_at: isPending ? null : now,
    cached: hit === null ? 0 : 1,
    result: hit && resultText(hit, spec.key),
    failure: refusal === undefined ? null : JSON.stringify(refusal),
    spec: specText(spec),
    kind: spec.kind ?? null,
  };
  return { columns, events: birthEvents(accepted), job };
}
