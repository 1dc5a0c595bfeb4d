import type { Job, RunningJob } from '../../core/model/job/job.ts';
import { doneData, failureData, type NewJobEvent } from '../../core/model/job/job-event.ts';
import { append } from './events.ts';
import { addToHistory } from './tracks/history.ts';
import { dropInput } from './inputs.ts';
import type { Settlement } from '../../core/ports/jobs/job-queue.ts';
import { resultText } from './job-row.ts';
import { findJob } from './lookups.ts';
import { timeOf, wallTime, type Queue } from './queue.ts';

/**
 * If cancel was requested meanwhile, an attempt that would go back to pending ends as canceled: a pending job cannot
 * hold the request, and the caller of cancel was promised that the job ends.
 */
export const settle = (
  queue: Queue,
  job: RunningJob,
  settlement: Settlement,
  patienceMs?: number,
): Promise<boolean> =>
  queue.db.write(() => {
    const { id, epoch } = job;
    const requested = queue.db.value(ownedSql, { id, epoch });
    if (requested === undefined) return false;
    leave(queue, job, requested === 1 && goesBack(settlement) ? canceled : settlement);
    return true;
  }, patienceMs);

/** The fence: an earlier epoch matches nothing. */
const ownedSql = `SELECT cancel_requested FROM jobs
  WHERE id = @id AND state = 'running' AND epoch = @epoch`;

const goesBack = ({ state }: Settlement): boolean => state === 'retry' || state === 'release';

export const canceled: Settlement = { state: 'canceled' };

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
  const { columns, event } = departure(queue, job, settlement);
  const isOutside = settlement.state === 'retry' && settlement.isOutside === true;
  const seq = Number(
    queue.db.value(leaveSql, [
      columns.state,
      columns.attempts ?? job.attempts,
      job.crashes + (isOutside ? 1 : 0),
      columns.state === 'pending' ? 1 : 0,
      columns.finished_at ?? null,
      columns.run_at ?? null,
      columns.due_boot ?? null,
      columns.due_ms ?? null,
      columns.keepsFailure === true ? 1 : 0,
      columns.failure ?? null,
      columns.result ?? null,
      columns.cached === true ? 1 : 0,
      job.id,
    ]),
  );
  append(queue, seq, event);
  if (settlement.state !== 'done') return;
  dropInput(queue, seq);
  addToHistory(queue, job.id, job.spec.track_id, settlement.result, wallTime(queue));
}

type Leaving = Pick<Job, 'id' | 'spec' | 'attempts' | 'crashes'>;

/** `failure` and `started_at` may stay. All other columns of a state are cleared. */
const leaveSql = `UPDATE jobs SET state = ?, attempts = ?, crashes = ?,
    started_at = iif(?, NULL, started_at), finished_at = ?,
    run_at = ?, due_boot = ?, due_ms = ?,
    failure = iif(?, failure, ?), result = ?, cached = ?,
    owner = NULL, lease_boot = NULL, lease_until = NULL, cancel_requested = 0
  WHERE id = ? RETURNING seq`;

/** A missing field becomes NULL or false. A missing `attempts` leaves the column unchanged. */
interface Columns {
  readonly state: Job['state'];
  readonly attempts?: number;
  readonly finished_at?: string;
  readonly run_at?: string;
  readonly due_boot?: string;
  readonly due_ms?: number;
  readonly failure?: string;
  readonly keepsFailure?: boolean;
  readonly result?: string;
  readonly cached?: boolean;
}

interface Departure {
  readonly columns: Columns;
  readonly event: NewJobEvent;
}

function departure(queue: Queue, job: Leaving, settlement: Settlement): Departure {
  const finished_at = wallTime(queue);
  const attempt = job.attempts;
  switch (settlement.state) {
    case 'done': {
      const { result, cached } = settlement;
      return {
        columns: {
          state: 'done',
          finished_at,
          result: resultText(result, job.spec.key),
          cached,
        },
        event: { type: 'done', attempt, data: doneData(result, cached) },
      };
    }
    case 'error': {
      const { failure, event } = settlement;
      return {
        columns: { state: 'error', finished_at, failure: JSON.stringify(failure) },
        event: { type: event, attempt, data: failureData(failure) },
      };
    }
    case 'canceled':
      return {
        columns: { state: 'canceled', finished_at },
        event: { type: 'canceled', attempt, data: {} },
      };
    case 'retry': {
      const { failure, delay_ms } = settlement;
      return {
        columns: { state: 'pending', failure: JSON.stringify(failure), ...due(queue, delay_ms) },
        event: { type: 'retrying', attempt, data: { ...failureData(failure), delay_ms } },
      };
    }
    case 'release':
      return {
        columns: { state: 'pending', attempts: job.attempts - 1, keepsFailure: true },
        event: { type: 'retrying', attempt, data: { released: true, delay_ms: 0 } },
      };
    default:
      return settlement satisfies never;
  }
}

function due(queue: Queue, delay_ms: number): Pick<Columns, 'due_boot' | 'due_ms' | 'run_at'> {
  if (delay_ms <= 0) return {};
  const { boot, now } = timeOf(queue);
  const run_at = new Date(queue.clock.now().getTime() + delay_ms).toISOString();
  return { due_boot: boot, due_ms: Math.ceil(now + delay_ms), run_at };
}
