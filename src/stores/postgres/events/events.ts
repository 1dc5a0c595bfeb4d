/** Appends and reads the events of jobs. */
import { CabError } from '../../../core/model/errors.ts';
import type { JobState } from '../../../core/model/job/job.ts';
import type { JobEvent, NewJobEvent } from '../../../core/model/job/job-event.ts';
import { eventOf } from '../../rows/rows.ts';
import { columnsOf, soughtId } from '../columns.ts';
import type { Transaction } from '../database/database.ts';
import { wallTime, type Queue } from '../queue.ts';

/** An event of the job with this `seq`. */
export interface EventOfJob {
  readonly seq: number;
  readonly event: NewJobEvent & { readonly at?: string };
  /** The states before and after the event; undefined: the state stays. `from` is null for a new job. */
  readonly moved?: { readonly from: JobState | null; readonly to: JobState };
}

/** Within the caller's transaction, so that the events exist, and the jobs are counted, exactly if their changes are made. */
export async function append(
  queue: Queue,
  turn: Transaction,
  events: readonly EventOfJob[],
): Promise<void> {
  if (events.length === 0) return;
  const changes = [...changesOf(events)];
  const now = wallTime(queue);
  await turn.query(appendSql, [
    ...columnsOf(
      changes,
      ([state]) => state,
      ([, jobs]) => jobs,
    ),
    ...columnsOf(
      events,
      ({ seq }) => seq,
      ({ event }) => event.at ?? now,
      ({ event }) => event.type,
      ({ event }) => event.attempt,
      ({ event }) => JSON.stringify(event.data),
    ),
  ]);
}

const appendSql = `WITH counted AS (
    INSERT INTO counts (state, jobs) SELECT * FROM unnest($1::text[], $2::bigint[])
  )
  INSERT INTO events (job, at, type, attempt, data)
  SELECT * FROM unnest($3::bigint[], $4::text[], $5::text[], $6::int[], $7::text[])`;

/** By how many jobs each state grew. */
function changesOf(events: readonly EventOfJob[]): ReadonlyMap<JobState, number> {
  const changes = new Map<JobState, number>();
  const add = (state: JobState, jobs: number) =>
    changes.set(state, (changes.get(state) ?? 0) + jobs);
  for (const { moved } of events) {
    if (moved === undefined) continue;
    add(moved.to, 1);
    if (moved.from !== null) add(moved.from, -1);
  }
  return changes;
}

/** @throws CabError not_found */
export const record = (queue: Queue, job_id: string, event: NewJobEvent): Promise<void> =>
  queue.db.write(
    async (turn) => {
      const { type, attempt, data } = event;
      const values = [soughtId(job_id), wallTime(queue), type, attempt, JSON.stringify(data)];
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
      : await queue.db.run(ofJobSql, [after, upTo, limit, soughtId(job_id)]);
  return rows.map((row) => eventOf(queue, row));
}

const selectSql = `SELECT events.seq, jobs.id AS job_id, events.at, events.type, events.attempt, events.data
  FROM events JOIN jobs ON jobs.seq = events.job WHERE events.seq > $1 AND events.seq <= $2`;
const allSql = `${selectSql} ORDER BY events.seq LIMIT $3`;
const ofJobSql = `${selectSql} AND events.job = (SELECT seq FROM jobs WHERE id = $4)
  ORDER BY events.seq LIMIT $3`;

/** The last one up to which all are there: a reader that goes on from it misses none. */
export const lastEvent = ({ horizon }: Queue): Promise<number> => horizon.reached();
