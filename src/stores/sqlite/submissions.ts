import type { Job } from '../../core/model/job/job.ts';
import type { NewJob } from '../../core/ports/jobs/job-queue.ts';
import { idMaker } from '../../support/ascending-ids.ts';
import { newRow, type NewColumns } from '../rows/new-row.ts';
import { append } from './events.ts';
import { handOutId } from './id-sequence.ts';
import { addInput } from './inputs.ts';
import { wallTime, type Queue } from './queue.ts';
import { refuseCondemned } from './retention/refuse-condemned.ts';
import { addToHistory } from './tracks/history.ts';

/** Accepts all jobs in one transaction, and so waits for the disk once. @throws NoLongerThere */
export async function submit(queue: Queue, jobs: readonly NewJob[]): Promise<readonly Job[]> {
  if (jobs.length === 0) return [];
  const makeId = await idMaker();
  return queue.db.write(() => {
    refuseCondemned(queue, jobs);
    return jobs.map((job) => accept(queue, job, handOutId(queue, makeId)));
  });
}

function accept(queue: Queue, accepted: NewJob, id: string): Job {
  const now = wallTime(queue);
  const { columns, events, job } = newRow(accepted, id, now);
  const seq = insertJob(queue, columns);
  const { spec, hit, input } = accepted;
  for (const event of events) append(queue, seq, event);
  if (input !== undefined) addInput(queue, seq, input);
  if (job.state === 'done' && hit !== null) addToHistory(queue, id, spec.track_id, hit, now);
  return job;
}

/** Within the caller's transaction. @returns the job's `seq` */
export const insertJob = (queue: Queue, columns: NewColumns): number =>
  queue.db.insert(insertSql, placesOf(columns));

const insertSql = `INSERT INTO jobs (id, state, config_hash, source_hash, track_id, object, submitter,
    priority, attempts, max_attempts, crashes, submitted_at, started_at, finished_at, cached, result,
    failure, spec, kind, needs)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const placesOf = (columns: NewColumns) => [
  columns.id,
  columns.state,
  columns.config_hash,
  columns.source_hash,
  columns.track_id,
  columns.object,
  columns.submitter,
  columns.priority,
  columns.attempts,
  columns.max_attempts,
  columns.crashes,
  columns.submitted_at,
  columns.started_at,
  columns.finished_at,
  columns.cached,
  columns.result,
  columns.failure,
  columns.spec,
  columns.kind,
  columns.needs,
];
