/** Reads jobs in the queue, by id or by a filter, and their counts. */
import * as z from 'zod/mini';
import { jobStates, type Job, type JobCounts } from '../../core/model/job.ts';
import type { Values } from './database/database.ts';
import type { JobFilter } from '../../core/ports/job-store.ts';
import type { Queue } from './queue.ts';
import { jobOf } from './job-row.ts';
import { parsed } from './rows.ts';

export const get = (queue: Queue, id: string): Promise<Job | undefined> =>
  queue.db.read(() => findJob(queue, id));

export function findJob(queue: Queue, id: string): Job | undefined {
  const row = queue.db.get('SELECT * FROM jobs WHERE id = @id', { id });
  return row === undefined ? undefined : jobOf(queue, row);
}

export const list = (queue: Queue, filter: JobFilter): Promise<readonly Job[]> =>
  queue.db.read(() => queue.db.all(...listing(filter)).map((row) => jobOf(queue, row)));

/** One statement, so that a job that changes its state meanwhile appears once. */
function listing({ states, track_id, limit, before }: JobFilter): [string, Values] {
  // Greater than every id, because ids are lower-case hex digits.
  const values = { limit, before: before ?? '~' };
  if (track_id !== undefined)
    return [ofTrackSql, { ...values, track_id, states: JSON.stringify(states ?? jobStates) }];
  if (states === undefined) return [`${newestSql} ${newestFirst}`, values];
  const parts = [...new Set(states)].map(
    (state) => `SELECT * FROM (${ofStateSql} AND state = '${state}' ${newestFirst})`,
  );
  return parts.length === 0
    ? [`${newestSql} LIMIT 0`, values]
    : [`${parts.join(' UNION ALL ')} ${newestFirst}`, values];
}

const newestFirst = 'ORDER BY seq DESC LIMIT +@limit';
/** `seq` and `id` ascend together. The job with this id may be gone. */
const beforeSql = 'seq <= (SELECT seq FROM jobs WHERE id < @before ORDER BY id DESC LIMIT 1)';
const newestSql = `SELECT * FROM jobs WHERE ${beforeSql}`;
const ofStateSql = `SELECT * FROM jobs INDEXED BY jobs_by_state WHERE ${beforeSql}`;
const ofTrackSql = `SELECT * FROM jobs INDEXED BY jobs_by_track
  WHERE ${beforeSql} AND track_id = @track_id AND state IN (SELECT value FROM json_each(@states)) ${newestFirst}`;

const countsRow = z.object({
  pending: z.int(),
  running: z.int(),
  done: z.int(),
  error: z.int(),
  canceled: z.int(),
});
/** Reads all counts in one row, because they are read with every turn of submissions. */
const countsSql = `SELECT ${jobStates
  .map((state) => `(SELECT jobs FROM counts WHERE state = '${state}') AS ${state}`)
  .join()}`;

export const counts = (queue: Queue): Promise<JobCounts> =>
  queue.db.read(() => parsed(queue, countsRow, queue.db.get(countsSql)));
