/**
 * What garbage collection reads and drops in the queue, portion by portion. core/ports/jobs/retention.ts
 * states the promises.
 */
import * as z from 'zod/mini';
import type { EntryKey } from '../../../core/model/entry/key.ts';
import type {
  AreGone,
  SweepPosition,
  Swept,
  TrackResult,
} from '../../../core/ports/jobs/retention.ts';
import type { Queue } from '../queue.ts';
import { keyColumns, parsed } from '../../rows/rows.ts';
import { PlacesOfTrack } from '../../rows/track-places.ts';

const rowsAtATime = 500;

/** Milliseconds for which a portion holds the file, unless one row alone takes longer. */
const portionMs = 8;

const resultRow = z.object({
  track_id: z.string(),
  job_id: z.string(),
  at: z.string(),
  ...keyColumns,
});
/** Reads backwards through the primary key: the latest of a track comes first, and nothing is sorted. */
const resultsSql = `SELECT track_id, job_id, at, config_hash, source_hash FROM history
  WHERE (track_id, job_id) < (@track_id, @job_id)
  ORDER BY track_id DESC, job_id DESC LIMIT ${rowsAtATime}`;
const firstResultsSql = resultsSql.replace(/WHERE .*\n/, '\n');

export async function* trackResults(
  queue: Queue,
  keepLast: number,
): AsyncIterable<readonly TrackResult[]> {
  let last: { track_id: string; job_id: string } | undefined;
  const places = new PlacesOfTrack(keepLast);
  for (;;) {
    const rows = await queue.db.read(() => {
      const found =
        last === undefined
          ? queue.db.all(firstResultsSql)
          : queue.db.all(resultsSql, { track_id: last.track_id, job_id: last.job_id });
      return parsed(queue, z.array(resultRow), found);
    });
    if (rows.length === 0) return;
    yield rows.map(({ track_id, job_id, at, config_hash, source_hash }) => {
      last = { track_id, job_id };
      return { track_id, config_hash, source_hash, ...places.take(track_id, at) };
    });
  }
}

const inputRow = z.object({ seq: z.int(), path: z.string() });
const inputsSql = `SELECT seq, json_extract(spec, '$.input.path') AS path
  FROM jobs INDEXED BY jobs_by_state WHERE state = @state AND seq > @after
    AND json_extract(spec, '$.input.kept') ORDER BY seq LIMIT ${rowsAtATime}`;

/** Inputs of done jobs are not in use, because nothing runs those jobs again. */
export async function* inputsInUse(queue: Queue): AsyncIterable<readonly string[]> {
  for (const state of ['pending', 'running', 'error', 'canceled']) {
    for (let after = 0; ;) {
      const rows = await queue.db.read(() =>
        parsed(queue, z.array(inputRow), queue.db.all(inputsSql, { state, after })),
      );
      const last = rows.at(-1);
      if (last === undefined) break;
      yield rows.map(({ path }) => path);
      after = last.seq;
    }
  }
}

const aliasRow = z.object({
  ...keyColumns,
  to_config_hash: z.string(),
  to_source_hash: z.string(),
  runs: z.int(),
});
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
  sweep(queue, from, areGone, {
    sql: aliasesSql,
    schema: aliasRow,
    position: ({ config_hash, source_hash }) => [config_hash, source_hash],
    entry: ({ to_config_hash, to_source_hash, runs }) =>
      runs === 0 ? { config_hash: to_config_hash, source_hash: to_source_hash } : undefined,
    drop: ({ config_hash, source_hash, to_config_hash, to_source_hash }) =>
      queue.db.value(dropAliasSql, { config_hash, source_hash, to_config_hash, to_source_hash }) !==
      undefined,
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
  sweep(queue, from, areGone, {
    sql: oldResultsSql,
    schema: resultRow,
    position: ({ track_id, job_id }) => [track_id, job_id],
    entry: ({ at, config_hash, source_hash }) =>
      at < before ? { config_hash, source_hash } : undefined,
    drop: ({ track_id, job_id }) => {
      if (Number(queue.db.value(newerSql, { track_id, job_id, keepLast })) < keepLast) return false;
      queue.db.run('DELETE FROM history WHERE track_id = @track_id AND job_id = @job_id', {
        track_id,
        job_id,
      });
      return true;
    },
  });

const digestRow = z.object({ path: z.string(), fingerprint: z.string() });
const digestsSql = `SELECT path, fingerprint FROM digests WHERE path > @after
  ORDER BY path LIMIT ${rowsAtATime}`;
const dropDigestSql = `DELETE FROM digests WHERE path = @path AND fingerprint = @fingerprint`;

/** The files may lie anywhere, perhaps on a mount that hangs, so they are inspected while nothing is held. */
export async function dropDigests(
  queue: Queue,
  isStale: (path: string, fingerprint: string) => Promise<boolean>,
  { after, dropped: before }: SweepPosition,
): Promise<Swept> {
  const rows = await queue.db.read(() =>
    parsed(queue, z.array(digestRow), queue.db.all(digestsSql, { after })),
  );
  const stale: z.infer<typeof digestRow>[] = [];
  for (const row of rows) if (await isStale(row.path, row.fingerprint)) stale.push(row);
  if (stale.length > 0)
    await queue.db.writeSoftly(() => {
      for (const row of stale) queue.db.run(dropDigestSql, row);
    });
  const dropped = stale.length;
  const last = rows.length < rowsAtATime ? undefined : rows.at(-1);
  return { dropped, next: last && { after: last.path, dropped: before + dropped } };
}

/** How to sweep rows whose entries may be gone. */
interface Portion<Row> {
  /** Selects the rows after a position, in their order. */
  readonly sql: string;
  readonly schema: z.ZodMiniType<Row>;
  readonly position: (row: Row) => readonly [string, string];
  /** Undefined if the row stays, whether its entry is gone or not. */
  readonly entry: (row: Row) => EntryKey | undefined;
  /** Runs within a transaction. False if the row has to stay after all. */
  readonly drop: (row: Row) => boolean;
}

/** Reads a page, asks about its entries while nothing is held, and drops the rows in one transaction. */
async function sweep<Row>(
  queue: Queue,
  from: SweepPosition,
  areGone: AreGone,
  { sql, schema, position, entry, drop }: Portion<Row>,
): Promise<Swept> {
  const [first = '', second = ''] = from.after === '' ? [] : positionOf(from.after);
  const rows = await queue.db.read(() =>
    parsed(queue, z.array(schema), queue.db.all(sql, { first, second })),
  );
  const asked = rows.flatMap((row) => {
    const key = entry(row);
    return key === undefined ? [] : [{ row, key }];
  });
  const gone = await areGone(asked.map(({ key }) => key));
  const going = asked.filter((_, at) => gone[at] === true).map(({ row }) => row);
  const { dropped, last } = await dropUntilTimeIsUp(queue, going, drop);
  const end = last ?? (rows.length === rowsAtATime ? rows.at(-1) : undefined);
  const next = end && { after: JSON.stringify(position(end)), dropped: from.dropped + dropped };
  return { dropped, next };
}

/** `last`: the row at which the portion's time was up. */
async function dropUntilTimeIsUp<Row>(
  queue: Queue,
  rows: readonly Row[],
  drop: (row: Row) => boolean,
): Promise<{ dropped: number; last: Row | undefined }> {
  if (rows.length === 0) return { dropped: 0, last: undefined };
  return queue.db.writeSoftly(() => {
    const end = performance.now() + portionMs;
    let dropped = 0;
    for (const row of rows) {
      if (drop(row)) dropped += 1;
      if (performance.now() > end) return { dropped, last: row };
    }
    return { dropped, last: undefined };
  });
}

const positionOf = (after: string): readonly string[] =>
  z.array(z.string()).parse(JSON.parse(after));
