/**
 * What garbage collection reads and drops in the queue, portion by portion. core/ports/jobs/retention.ts
 * states the promises.
 */
import * as z from 'zod/mini';
import type {
  AreGone,
  SweepPosition,
  Swept,
  TrackResult,
} from '../../../core/ports/jobs/retention.ts';
import type { Queue } from '../queue.ts';
import { keptDatabaseSql, keptInputSql } from './kept-places.ts';
import { keptOf, keptRow } from '../../rows/reliance-row.ts';
import { parsed } from '../../rows/rows.ts';
import {
  aliasColumns,
  aliased,
  rowsAtATime,
  sweep,
  sweepStale,
  type Dropped,
} from '../../rows/sweep.ts';
import { resultRow, resultsOfTracks, type ResultRow } from '../../rows/track-places.ts';

/** Milliseconds for which a portion holds the file, unless one row alone takes longer. */
const portionMs = 8;

/** Reads backwards through the primary key: the latest of a track comes first, and nothing is sorted. */
const resultsSql = `SELECT track_id, job_id, at, config_hash, source_hash FROM history
  WHERE (track_id, job_id) < (@track_id, @job_id)
  ORDER BY track_id DESC, job_id DESC LIMIT ${rowsAtATime}`;
const firstResultsSql = resultsSql.replace(/WHERE .*\n/, '\n');

export const trackResults = (
  queue: Queue,
  keepLast: number,
): AsyncIterable<readonly TrackResult[]> =>
  resultsOfTracks(keepLast, (last) =>
    queue.db.read(() => {
      const found =
        last === undefined
          ? queue.db.all(firstResultsSql)
          : queue.db.all(resultsSql, { track_id: last.track_id, job_id: last.job_id });
      return parsed(queue, z.array(resultRow), found);
    }),
  );

const inputsSql = `SELECT seq, ${keptInputSql} AS input, ${keptDatabaseSql} AS database
  FROM jobs INDEXED BY jobs_by_state WHERE state = @state AND seq > @after
    AND coalesce(${keptInputSql}, ${keptDatabaseSql}) IS NOT NULL ORDER BY seq LIMIT ${rowsAtATime}`;

/** Inputs of done jobs are not in use, because nothing runs those jobs again. */
export async function* inputsInUse(queue: Queue): AsyncIterable<readonly string[]> {
  for (const state of ['pending', 'running', 'error', 'canceled']) {
    for (let after = 0; ;) {
      const rows = await queue.db.read(() =>
        parsed(queue, z.array(keptRow), queue.db.all(inputsSql, { state, after })),
      );
      const last = rows.at(-1);
      if (last === undefined) break;
      yield rows.flatMap(keptOf);
      after = last.seq;
    }
  }
}

const aliasRow = z.object({ ...aliasColumns, runs: z.int() });
const aliasesSql = `SELECT *, EXISTS (
    SELECT 1 FROM jobs INDEXED BY jobs_running WHERE state = 'running'
      AND jobs.config_hash = aliases.config_hash AND jobs.source_hash = aliases.source_hash) AS runs
  FROM aliases WHERE (config_hash, source_hash) > (@first, @second)
  ORDER BY config_hash, source_hash LIMIT ${rowsAtATime}`;
const dropAliasSql = `DELETE FROM aliases WHERE config_hash = @config_hash AND source_hash = @source_hash
    AND to_config_hash = @to_config_hash AND to_source_hash = @to_source_hash
    AND NOT EXISTS (
      SELECT 1 FROM jobs INDEXED BY jobs_running WHERE state = 'running'
        AND jobs.config_hash = @config_hash AND jobs.source_hash = @source_hash)
  RETURNING 1`;

/** Keeps the alias of a running job: the job may have named its entry and not published it yet. */
export const dropAliases = (queue: Queue, areGone: AreGone, from: SweepPosition): Promise<Swept> =>
  sweep<z.infer<typeof aliasRow>>(from, areGone, {
    page: pagesOf(queue, aliasesSql, aliasRow),
    position: ({ config_hash, source_hash }) => [config_hash, source_hash],
    entry: (row) => (row.runs === 0 ? aliased(row) : undefined),
    drop: droppingBy(
      queue,
      ({ config_hash, source_hash, to_config_hash, to_source_hash }) =>
        queue.db.value(dropAliasSql, {
          config_hash,
          source_hash,
          to_config_hash,
          to_source_hash,
        }) !== undefined,
    ),
  });

const oldResultsSql = `SELECT track_id, job_id, at, config_hash, source_hash FROM history
  WHERE (track_id, job_id) > (@first, @second) ORDER BY track_id, job_id LIMIT ${rowsAtATime}`;
const newerSql = `SELECT count(*) FROM (SELECT 1 FROM history
  WHERE track_id = @track_id AND job_id > @job_id LIMIT +@keepLast)`;

export const dropResults = (
  queue: Queue,
  { keepLast, before }: { readonly keepLast: number; readonly before: string },
  areGone: AreGone,
  from: SweepPosition,
): Promise<Swept> =>
  sweep<ResultRow>(from, areGone, {
    page: pagesOf(queue, oldResultsSql, resultRow),
    position: ({ track_id, job_id }) => [track_id, job_id],
    entry: ({ at, config_hash, source_hash }) =>
      at < before ? { config_hash, source_hash } : undefined,
    drop: droppingBy(queue, ({ track_id, job_id }) => {
      if (Number(queue.db.value(newerSql, { track_id, job_id, keepLast })) < keepLast) return false;
      queue.db.run('DELETE FROM history WHERE track_id = @track_id AND job_id = @job_id', {
        track_id,
        job_id,
      });
      return true;
    }),
  });

const digestRow = z.object({ path: z.string(), fingerprint: z.string() });
const digestsSql = `SELECT path, fingerprint FROM digests WHERE path > @after
  ORDER BY path LIMIT ${rowsAtATime}`;
const dropDigestSql = `DELETE FROM digests WHERE path = @path AND fingerprint = @fingerprint`;

export const dropDigests = (
  queue: Queue,
  isStale: (path: string, fingerprint: string) => Promise<boolean>,
  from: SweepPosition,
): Promise<Swept> =>
  sweepStale(
    from,
    isStale,
    (after) =>
      queue.db.read(() => parsed(queue, z.array(digestRow), queue.db.all(digestsSql, { after }))),
    (stale) =>
      queue.db.writeSoftly(() => {
        for (const { path, fingerprint } of stale)
          queue.db.run(dropDigestSql, { path, fingerprint });
      }),
  );

const pagesOf =
  <Row>(queue: Queue, sql: string, schema: z.ZodMiniType<Row>) =>
  ([first, second]: readonly [string, string]): Promise<readonly Row[]> =>
    queue.db.read(() => parsed(queue, z.array(schema), queue.db.all(sql, { first, second })));

/** One transaction. @param drop false if the row has to stay after all */
const droppingBy =
  <Row>(queue: Queue, drop: (row: Row) => boolean) =>
  (rows: readonly Row[]): Promise<Dropped<Row>> =>
    queue.db.writeSoftly(() => {
      const end = performance.now() + portionMs;
      let dropped = 0;
      for (const row of rows) {
        if (drop(row)) dropped += 1;
        if (performance.now() > end) return { dropped, last: row };
      }
      return { dropped };
    });
