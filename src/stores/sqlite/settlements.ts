import type { Job, RunningJob } from '../../core/model/job/job.ts';
import type { Settlement } from '../../core/ports/jobs/job-queue.ts';
import { canceled, endingEvent, unlessCanceled } from '../../core/ports/jobs/endings.ts';
import { departure, type Leaving } from '../rows/departure.ts';
import { append } from './events.ts';
import { dropInput } from './inputs.ts';
import { findJob } from './lookups.ts';
import { wallTime, type Queue } from './queue.ts';
import { addToHistory } from './tracks/history.ts';

export const settle = (
  queue: Queue,
  job: RunningJob,
  settlement: Settlement,
  patienceMs?: number,
): Promise<boolean> =>
  queue.db.write(() => {
    const requested = owned(queue, job);
    if (requested === undefined) return false;
    leave(queue, job, unlessCanceled(settlement, requested));
    return true;
  }, patienceMs);

/**
 * The fence, within a transaction: whether the cancellation of the job was requested; undefined if the attempt does not own the job
 * any more.
 */
export function owned(
  queue: Queue,
  { id, epoch }: Pick<RunningJob, 'id' | 'epoch'>,
): boolean | undefined {
  const requested = queue.db.value(ownedSql, { id, epoch });
  return requested === undefined ? undefined : requested === 1;
}

/** An earlier epoch matches nothing. */
const ownedSql = `SELECT cancel_requested FROM jobs
  WHERE id = @id AND state = 'running' AND epoch = @epoch`;

export const cancel = (queue: Queue, id: string): Promise<Job | undefined> =>
  queue.db.write(() => {
    const job = findJob(queue, id);
    if (job?.state === 'pending') leave(queue, job, canceled);
    else if (job?.state === 'running')
      queue.db.run('UPDATE jobs SET cancel_requested = 1 WHERE id = @id', { id });
    else return job;
    return findJob(queue, id);
  });

/** Takes a job out of its state, within the caller's transaction, which has checked that it may move the job. */
export function leave(queue: Queue, job: Leaving, settlement: Settlement): void {
  const { clock } = queue;
  const columns = departure(clock, wallTime(queue), job, settlement);
  const seq = Number(
    queue.db.value(leaveSql, [
      columns.state,
      columns.attempts,
      columns.crashes,
      columns.state === 'pending' ? 1 : 0,
      columns.finished_at,
      columns.run_at,
      columns.due_ms === null ? null : clock.boot,
      columns.due_ms,
      columns.keepsFailure ? 1 : 0,
      columns.failure,
      columns.result,
      columns.cached ? 1 : 0,
      job.id,
    ]),
  );
  append(queue, seq, endingEvent(settlement, job.attempts));
  if (settlement.state !== 'done') return;
  dropInput(queue, seq);
  addToHistory(queue, job.id, job.spec.track_id, settlement.result, wallTime(queue));
}

const leaveSql = `UPDATE jobs SET state = ?, attempts = ?, crashes = ?,
    started_at = iif(?, NULL, started_at), finished_at = ?,
    run_at = ?, due_boot = ?, due_ms = ?,
    failure = iif(?, failure, ?), result = ?, cached = ?,
    owner = NULL, lease_boot = NULL, lease_until = NULL, cancel_requested = 0
  WHERE id = ? RETURNING seq`;
