/** Appends and reads the events of jobs. */
import { CabError } from '../../../core/model/errors.ts';
import type { JobEvent, NewJobEvent } from '../../../core/model/job/job-event.ts';
import { eventOf } from '../../rows/rows.ts';
import { columnsOf } from '../columns.ts';
import type { Transaction } from '../database/database.ts';
import { wallTime, type Queue } from '../queue.ts';

/** An event of the job with this `seq`. */
export interface EventOfJob {
  readonly seq: number;
  readonly event: NewJobEvent;
}

/** Within the caller's transaction, so that the events exist exactly if their changes do. */
export async function append(
  queue: Queue,
  turn: Transaction,
  events: readonly EventOfJob[],
): Promise<void> {
  if (events.length === 0) return;
  await turn.query(appendSql, [
    wallTime(queue),
    ...columnsOf(
      events,
      ({ seq }) => seq,
      ({ event }) => event.type,
      ({ event }) => event.attempt,
      ({ event }) => JSON.stringify(event.data),
    ),
  ]);
}

const appendSql = `INSERT INTO events (job, at, type, attempt, data)
  SELECT job, $1, type, attempt, data
  FROM unnest($2::bigint[], $3::text[], $4::int[], $5::text[]) AS new (job, type, attempt, data)`;

/** @throws CabError not_found */
export const record = (queue: Queue, job_id: string, event: NewJobEvent): Promise<void> =>
  queue.db.write(
    async (turn) => {
      const { type, attempt, data } = event;
      const values = [job_id, wallTime(queue), type, attempt, JSON.stringify(data)];
      if ((await turn.query(recordSql, values)).length === 0)
        throw new CabError('not_found', `there is no job ${job_id}`, { details: { job: job_id } });
    },
    { isDurable: false },
  );

const recordSql = `INSERT INTO events (job, at, type, attempt, data)
  SELECT seq, $2, $3, $4, $5 FROM jobs WHERE id = $1 RETURNING seq`;

export async function events(
  queue: Queue,
  after: number,
  limit: number,
  job_id: string | undefined,
): Promise<readonly JobEvent[]> {
  const upTo = await queue.horizon.reached();
  if (upTo <= after) return [];
  const rows =
    job_id === undefined
      ? await queue.db.run(allSql, [after, upTo, limit])
      : await queue.db.run(ofJobSql, [after, upTo, limit, job_id]);
  return rows.map((row) => eventOf(queue, row));
}

const selectSql = `SELECT events.seq, jobs.id AS job_id, events.at, events.type, events.attempt, events.data
  FROM events JOIN jobs ON jobs.seq = events.job WHERE events.seq > $1 AND events.seq <= $2`;
const allSql = `${selectSql} ORDER BY events.seq LIMIT $3`;
const ofJobSql = `${selectSql} AND events.job = (SELECT seq FROM jobs WHERE id = $4)
  ORDER BY events.seq LIMIT $3`;

/** The last one up to which all are there: a reader that goes on from it misses none. */
export const lastEvent = ({ horizon }: Queue): Promise<number> => horizon.reached();
