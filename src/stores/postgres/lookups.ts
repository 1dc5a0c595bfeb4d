/** Reads jobs, by id or by a filter, and their counts. */
import * as z from 'zod/mini';
import { formatKey, type EntryKey } from '../../core/model/entry/key.ts';
import { jobStates, type Job, type JobCounts, type RunningJob } from '../../core/model/job/job.ts';
import type { JobOutline } from '../../core/model/job/job-outline.ts';
import type { JobFilter } from '../../core/ports/jobs/job-records.ts';
import { jobOf, runningJobOf } from '../rows/job-row.ts';
import { outlineOf } from '../rows/outline-row.ts';
import { shownText, soughtId, storedText } from './columns.ts';
import type { Row } from './database/database.ts';
import type { Queue } from './queue.ts';

/** @throws CabError queue_unreadable, naming the job */
export const jobIn = (queue: Queue, row: Row): Job => jobOf(queue, asRow(queue, row));

export const runningJobIn = (queue: Queue, row: Row): RunningJob =>
  runningJobOf(queue, asRow(queue, row));

/** A due time is of the server's clock, which has one boot. */
const asRow = ({ clock }: Queue, row: Row) => ({
  ...row,
  due_boot: clock.boot,
  kind: shownOrNull(row['kind']),
});

const shownOrNull = (value: unknown): unknown =>
  typeof value === 'string' ? shownText(value) : value;

export async function get(queue: Queue, id: string): Promise<Job | undefined> {
  const [row] = await queue.db.run('SELECT * FROM jobs WHERE id = $1', [soughtId(id)]);
  return row && jobIn(queue, row);
}

export const list = async (queue: Queue, filter: JobFilter): Promise<readonly Job[]> =>
  (await queue.db.run(...listing('*', filter))).map((row) => jobIn(queue, row));

const outlineColumns = `seq, id, state, track_id, cached, submitted_at, started_at, finished_at,
  coalesce(to_config_hash, config_hash) AS config_hash,
  coalesce(to_source_hash, source_hash) AS source_hash, runner, input_path, force`;

export const outlines = async (queue: Queue, filter: JobFilter): Promise<readonly JobOutline[]> =>
  (await queue.db.run(...listing(outlineColumns, filter))).map((row) =>
    outlineOf(queue, {
      ...row,
      ...{ track_id: shownOrNull(row['track_id']), runner: shownOrNull(row['runner']) },
      input_path: shownOrNull(row['input_path']),
    }),
  );

/** The newest of each state by its index, and of those the newest. */
function listing(columns: string, filter: JobFilter): [string, unknown[]] {
  const { states, track_id, limit, before, from } = filter;
  const values: unknown[] = [limit];
  const placed = (value: unknown): string => `$${values.push(value)}`;
  // `seq` and `id` ascend together. The job with this id may be gone.
  const within = [
    ...(before === undefined ? [] : [`id < ${placed(soughtId(before))}`]),
    ...(from === undefined ? [] : [`id >= ${placed(soughtId(from))}`]),
  ];
  if (track_id !== undefined) {
    within.push(`track_id = ${placed(storedText(track_id))}`);
    within.push(`state = ANY(${placed(states ?? jobStates)}::text[])`);
  }
  if (track_id !== undefined || states === undefined)
    return [`SELECT ${columns} FROM jobs ${where(within)} ${newestFirst}`, values];
  const ofState = `SELECT ${columns} FROM jobs ${where([...within, 'state = wanted'])} ${newestFirst}`;
  const wanted = placed([...new Set(states)]);
  return [
    `SELECT found.* FROM unnest(${wanted}::text[]) AS wanted
      CROSS JOIN LATERAL (${ofState}) AS found ${newestFirst}`,
    values,
  ];
}

const newestFirst = 'ORDER BY seq DESC LIMIT $1';
const where = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;

const countRow = z.object({ state: z.enum(jobStates), jobs: z.number(), rows: z.number() });
const countsSql = `SELECT state, sum(jobs)::bigint AS jobs, count(*) AS rows FROM counts GROUP BY state`;

/** With more rows than this, what transactions left is cleared up. */
const mostCountRows = 500;

export async function counts(queue: Queue): Promise<JobCounts> {
  const found = z.array(countRow).parse(await queue.db.run(countsSql));
  if (found.reduce((sum, { rows }) => sum + rows, 0) > mostCountRows) await clearUp(queue);
  const of = (state: Job['state']): number => found.find((row) => row.state === state)?.jobs ?? 0;
  return {
    ...{ pending: of('pending'), running: of('running'), done: of('done') },
    ...{ error: of('error'), canceled: of('canceled') },
  };
}

/** Each transaction leaves a token and changes of counts. */
const clearUp = ({ db }: Queue): Promise<void> =>
  db.write(
    async (turn) => {
      await turn.query(foldSql);
      await turn.query(oldCommitsSql);
    },
    { isDurable: false },
  );

/** One row a state. In one statement: two that fold at once find different rows. */
const foldSql = `WITH folded AS (DELETE FROM counts RETURNING state, jobs)
  INSERT INTO counts SELECT state, sum(jobs) FROM folded GROUP BY state`;

/** Longer ago than any process asks whether its commit happened. */
const oldCommitsSql = `DELETE FROM commits WHERE at < clock_timestamp() - interval '1 hour'`;

export const endedAt = async (
  queue: Queue,
  entries: readonly EntryKey[],
  limit: number,
): Promise<readonly Job[]> =>
  (await queue.db.run(endedAtSql, [entries.map(formatKey), limit])).map((row) => jobIn(queue, row));

const endedAtSql = `SELECT * FROM jobs
  WHERE state = 'done' AND to_config_hash || '/' || to_source_hash = ANY($1::text[])
  ORDER BY seq DESC LIMIT $2`;
