/** What garbage collection drops, portion by portion. core/ports/jobs/retention.ts states the promises. */
import * as z from 'zod/mini';
import type { AreGone, SweepPosition, Swept } from '../../../core/ports/jobs/retention.ts';
import { parsed } from '../../rows/rows.ts';
import { aliasColumns, aliased, rowsAtATime, sweep, type Dropped } from '../../rows/sweep.ts';
import { resultRow, type ResultRow } from '../../rows/track-places.ts';
import { columnsOf } from '../columns.ts';
import type { Queue } from '../queue.ts';

const aliasRow = z.object(aliasColumns);
const aliasesSql = `SELECT * FROM aliases WHERE (config_hash, source_hash) > ($1, $2)
  ORDER BY config_hash, source_hash LIMIT ${rowsAtATime}`;
/** Keeps the alias of a running job: the job may have named its entry and not published it yet. */
const dropAliasesSql = `DELETE FROM aliases WHERE (config_hash, source_hash, to_config_hash, to_source_hash)
    IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]))
    AND NOT EXISTS (SELECT 1 FROM jobs WHERE state = 'running'
      AND jobs.config_hash = aliases.config_hash AND jobs.source_hash = aliases.source_hash)
  RETURNING 1`;

export const dropAliases = (queue: Queue, areGone: AreGone, from: SweepPosition): Promise<Swept> =>
  sweep<z.infer<typeof aliasRow>>(from, areGone, {
    page: pagesOf(queue, aliasesSql, aliasRow),
    position: ({ config_hash, source_hash }) => [config_hash, source_hash],
    entry: aliased,
    drop: droppingBy(queue, dropAliasesSql, (rows) =>
      columnsOf(
        rows,
        (row) => row.config_hash,
        (row) => row.source_hash,
        (row) => row.to_config_hash,
        (row) => row.to_source_hash,
      ),
    ),
  });

const resultsSql = `SELECT track_id, job_id, at, config_hash, source_hash FROM history
  WHERE (track_id, job_id) > ($1, $2) ORDER BY track_id, job_id LIMIT ${rowsAtATime}`;
/** Counts what is newer before any of them is dropped, and no further than needed. */
const dropResultsSql = `DELETE FROM history WHERE (track_id, job_id) IN
    (SELECT * FROM unnest($1::text[], $2::text[]))
    AND (SELECT count(*) FROM (SELECT 1 FROM history AS newer
      WHERE newer.track_id = history.track_id AND newer.job_id > history.job_id LIMIT $3::int) AS few) >= $3::int
  RETURNING 1`;

export const dropResults = (
  queue: Queue,
  { keepLast, before }: { readonly keepLast: number; readonly before: string },
  areGone: AreGone,
  from: SweepPosition,
): Promise<Swept> =>
  sweep<ResultRow>(from, areGone, {
    page: pagesOf(queue, resultsSql, resultRow),
    position: ({ track_id, job_id }) => [track_id, job_id],
    entry: ({ at, config_hash, source_hash }) =>
      at < before ? { config_hash, source_hash } : undefined,
    drop: droppingBy(queue, dropResultsSql, (rows) => [
      ...columnsOf(
        rows,
        ({ track_id }) => track_id,
        ({ job_id }) => job_id,
      ),
      keepLast,
    ]),
  });

const pagesOf =
  <Row>(queue: Queue, sql: string, schema: z.ZodMiniType<Row>) =>
  async (after: readonly [string, string]): Promise<readonly Row[]> =>
    parsed(queue, z.array(schema), await queue.db.run(sql, after));

/** Beside no other transaction. @param sql gives a row for each that it dropped */
const droppingBy =
  <Row>({ db }: Queue, sql: string, valuesOf: (rows: readonly Row[]) => readonly unknown[]) =>
  (rows: readonly Row[]): Promise<Dropped<Row>> =>
    db.write(async (turn) => ({ dropped: (await turn.query(sql, valuesOf(rows))).length }), {
      isAlone: true,
    });
