/** Reads jobs in the queue, by id or by a filter, and their counts. */
import * as z from 'zod/mini';
import { jobStates, type Job, type JobCounts } from '../../core/model/job/job.ts';
import type { JobOutline } from '../../core/model/job/job-outline.ts';
import type { Values } from './database/database.ts';
import type { JobFilter } from '../../core/ports/jobs/job-records.ts';
import type { Queue } from './queue.ts';
import { jobOf } from '../rows/job-row.ts';
import { outlineOf } from '../rows/outline-row.ts';
import { ofResult } from './result-key.ts';
import { parsed } from '../rows/rows.ts';

export const get = (queue: Queue, id: string): Promise<Job | undefined> =>
  queue.db.read(() => findJob(queue, id));

export function findJob(queue: Queue, id: string): Job | undefined {
  const row = queue.db.get('SELECT * FROM jobs WHERE id = @id', { id });
  return row === undefined ? undefined : jobOf(queue, row);
}

export const list = (queue: Queue, filter: JobFilter): Promise<readonly Job[]> =>
  queue.db.read(() => queue.db.all(...listing('*', filter)).map((row) => jobOf(queue, row)));

export const outlines = (queue: Queue, filter: JobFilter): Promise<readonly JobOutline[]> =>
  queue.db.read(() =>
    queue.db.all(...listing(outlineColumns, filter)).map((row) => outlineOf(queue, row)),
  );

/** SQLite takes the fields out of `spec`. A `spec` that is no JSON gives nothing, and `outlineOf` then names the job. */
const ofSpec = (path: string): string => `iif(json_valid(spec), spec ->> '$.${path}', NULL)`;

const outlineColumns = [
  'seq, id, state, track_id, cached, submitted_at, started_at, finished_at',
  `${ofResult('config_hash')} AS config_hash`,
  `${ofResult('source_hash')} AS source_hash`,
  `${ofSpec('runner')} AS runner`,
  `${ofSpec('input.path')} AS input_path`,
  `${ofSpec('force')} AS force`,
].join(', ');

/** One statement, so that a job that changes its state meanwhile appears once. */
function listing(columns: string, filter: JobFilter): [string, Values] {
  const { states, track_id, limit, before, from } = filter;
  // Greater than every id, because ids are lower-case hex digits.
  const values = { limit, before: before ?? '~', ...(from !== undefined && { from }) };
  const within = from === undefined ? beforeSql : `${beforeSql} AND ${fromSql}`;
  if (track_id !== undefined)
    return [
      `SELECT ${columns} FROM jobs INDEXED BY jobs_by_track WHERE ${within}
        AND track_id = @track_id AND state IN (SELECT value FROM json_each(@states)) ${newestFirst}`,
      { ...values, track_id, states: JSON.stringify(states ?? jobStates) },
    ];
  const newest = `SELECT ${columns} FROM jobs WHERE ${within}`;
  if (states === undefined) return [`${newest} ${newestFirst}`, values];
  const ofStates = `SELECT ${columns} FROM jobs INDEXED BY jobs_by_state WHERE ${within}`;
  const parts = [...new Set(states)].map(
    (state) => `SELECT * FROM (${ofStates} AND state = '${state}' ${newestFirst})`,
  );
  return parts.length === 0
    ? [`${newest} LIMIT 0`, values]
    : [`${parts.join(' UNION ALL ')} ${newestFirst}`, values];
}

const newestFirst = 'ORDER BY seq DESC LIMIT +@limit';
/** `seq` and `id` ascend together. The job with this id may be gone. */
const beforeSql = 'seq <= (SELECT seq FROM jobs WHERE id < @before ORDER BY id DESC LIMIT 1)';
const fromSql = 'seq >= (SELECT seq FROM jobs WHERE id >= @from ORDER BY id LIMIT 1)';

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
