/** Appends and reads the events of jobs in the queue. */
import * as z from 'zod/mini';
import { CabError } from '../../core/model/errors.ts';
import type { JobEvent, NewJobEvent } from '../../core/model/job/job-event.ts';
import { eventOf } from '../rows/rows.ts';
import { wallTime, type Queue } from './queue.ts';

/**
 * Appends an event within the caller's transaction, so that the event exists exactly if its change does.
 * `job` is the job's `seq`.
 */
export function append(
  queue: Queue,
  job: number,
  { type, attempt, data }: NewJobEvent,
  at = wallTime(queue),
): void {
  queue.db.run(insertSql, [job, at, type, attempt, JSON.stringify(data)]);
}

const insertSql = `INSERT INTO events (job, at, type, attempt, data)
  VALUES (?, ?, ?, ?, ?)`;

/** @throws CabError not_found */
export const record = (queue: Queue, job_id: string, event: NewJobEvent): Promise<void> =>
  queue.db.writeSoftly(() => {
    const seq = queue.db.value('SELECT seq FROM jobs WHERE id = @job_id', { job_id });
    if (typeof seq !== 'number')
      throw new CabError('not_found', `there is no job ${job_id}`, { details: { job: job_id } });
    append(queue, seq, event);
  });

export const events = (
  queue: Queue,
  after: number,
  limit: number,
  job_id: string | undefined,
): Promise<readonly JobEvent[]> =>
  queue.db.read(() =>
    (job_id === undefined
      ? queue.db.all(allSql, { after, limit })
      : queue.db.all(ofJobSql, { after, limit, job_id })
    ).map((row) => eventOf(queue, row)),
  );

export const lastEvent = (queue: Queue): Promise<number> =>
  queue.db.read(() => lastSchema.parse(queue.db.get(lastSql, {})).seq);

/** Not the greatest `seq` in the table: garbage collection may have removed that event with its job. */
const lastSql = `SELECT coalesce(max(seq), 0) AS seq FROM sqlite_sequence WHERE name = 'events'`;
const lastSchema = z.object({ seq: z.number() });

const selectSql = `SELECT events.seq, jobs.id AS job_id, events.at, events.type, events.attempt, events.data
  FROM events CROSS JOIN jobs ON jobs.seq = events.job WHERE events.seq > @after`;
const allSql = `${selectSql} ORDER BY events.seq LIMIT +@limit`;
const ofJobSql = `${selectSql} AND events.job = (SELECT seq FROM jobs WHERE id = @job_id)
  ORDER BY events.seq LIMIT +@limit`;
