/** What garbage collection drops, portion by portion. core/ports/jobs/retention.ts states the promises. */
import * as z from 'zod/mini';
import type { EntryKey } from '../../../core/model/entry/key.ts';
import type { AreGone, SweepPosition, Swept } from '../../../core/ports/jobs/retention.ts';
import { keyColumns, parsed } from '../../rows/rows.ts';
import { columnsOf } from '../columns.ts';
import type { Queue } from '../queue.ts';

const rowsAtATime = 500;

const aliasRow = z.object({
  ...keyColumns,
  to_config_hash: z.string(),
  to_source_hash: z.string(),
});
const aliasesSql = `SELECT * FROM aliases WHERE (config_hash, source_hash) > ($1, $2)
  ORDER BY config_hash, source_hash LIMIT ${rowsAtATime}`;
/** Keeps the alias of a running job: the job may have named its entry and not published it yet. */
const dropAliasesSql = `DELETE FROM aliases WHERE (config_hash, source_hash, to_config_hash, to_source_hash)
    IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]))
    AND NOT EXISTS (SELECT 1 FROM jobs WHERE state = 'running'
      AND jobs.config_hash = aliases.config_hash AND jobs.source_hash = aliases.source_hash)
  RETURNING 1`;

export const dropAliases = (queue: Queue, areGone: AreGone, from: SweepPosition): Promise<Swept> =>
  sweep(queue, from, areGone, {
    sql: aliasesSql,
    schema: aliasRow,
    position: ({ config_hash, source_hash }) => [config_hash, source_hash],
    entry: ({ to_config_hash, to_source_hash }) => ({
      config_hash: to_config_hash,
      source_hash: to_source_hash,
    }),
    drop: (rows) => [
      dropAliasesSql,
      columnsOf(
        rows,
        (row) => row.config_hash,
        (row) => row.source_hash,
        (row) => row.to_config_hash,
        (row) => row.to_source_hash,
      ),
    ],
  });

const resultRow = z.object({
  track_id: z.string(),
  job_id: z.string(),
  at: z.string(),
  ...keyColumns,
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
  sweep(queue, from, areGone, {
    sql: resultsSql,
    schema: resultRow,
    position: ({ track_id, job_id }) => [track_id, job_id],
    entry: ({ at, config_hash, source_hash }) =>
      at < before ? { config_hash, source_hash } : undefined,
    drop: (rows) => [
      dropResultsSql,
      [rows.map(({ track_id }) => track_id), rows.map(({ job_id }) => job_id), keepLast],
    ],
  });

/** How to sweep rows whose entries may be gone. */
interface Portion<Row> {
  /** Selects the rows after a position, in their order. */
  readonly sql: string;
  readonly schema: z.ZodMiniType<Row>;
  readonly position: (row: Row) => readonly [string, string];
  /** Undefined if the row stays, whether its entry is gone or not. */
  readonly entry: (row: Row) => EntryKey | undefined;
  /** A statement that gives a row for each that it dropped. */
  readonly drop: (rows: readonly Row[]) => readonly [sql: string, values: readonly unknown[]];
}

/** Reads a page, asks about its entries while nothing is held, and drops the rows beside no other transaction. */
async function sweep<Row>(
  queue: Queue,
  from: SweepPosition,
  areGone: AreGone,
  { sql, schema, position, entry, drop }: Portion<Row>,
): Promise<Swept> {
  const after = from.after === '' ? ['', ''] : positionOf(from.after);
  const rows = parsed(queue, z.array(schema), await queue.db.run(sql, after));
  const asked = rows.flatMap((row) => {
    const key = entry(row);
    return key === undefined ? [] : [{ row, key }];
  });
  const gone = await areGone(asked.map(({ key }) => key));
  const going = asked.filter((_, at) => gone[at] === true).map(({ row }) => row);
  const dropped =
    going.length === 0
      ? 0
      : await queue.db.write(async (turn) => (await turn.query(...drop(going))).length, {
          isAlone: true,
        });
  const last = rows.length === rowsAtATime ? rows.at(-1) : undefined;
  const next = last && { after: JSON.stringify(position(last)), dropped: from.dropped + dropped };
  return { dropped, next };
}

const positionOf = (after: string): readonly string[] =>
  z.array(z.string()).parse(JSON.parse(after));
