/** What garbage collection drops of both stores in SQL, one portion a call. core/ports/jobs/retention.ts states the promises. */
import * as z from 'zod/mini';
import type { EntryKey } from '../../core/model/entry/key.ts';
import type { AreGone, SweepPosition, Swept } from '../../core/ports/jobs/retention.ts';
import { keyColumns } from './rows.ts';

/** The most rows of a page. */
export const rowsAtATime = 500;

export const aliasColumns = {
  ...keyColumns,
  to_config_hash: z.string(),
  to_source_hash: z.string(),
};

/** Where an alias leads. */
export const aliased = (row: {
  readonly to_config_hash: string;
  readonly to_source_hash: string;
}): EntryKey => ({ config_hash: row.to_config_hash, source_hash: row.to_source_hash });

/** How to sweep rows whose entries may be gone. */
export interface Portion<Row> {
  /** At most `rowsAtATime` rows after a position, in their order. */
  readonly page: (after: readonly [string, string]) => Promise<readonly Row[]>;
  readonly position: (row: Row) => readonly [string, string];
  /** Undefined if the row stays, whether its entry is gone or not. */
  readonly entry: (row: Row) => EntryKey | undefined;
  readonly drop: (rows: readonly Row[]) => Promise<Dropped<Row>>;
}

export interface Dropped<Row> {
  /** Some may have to stay after all. */
  readonly dropped: number;
  /** The row at which the time of the portion was up; undefined: it was not. */
  readonly last?: Row | undefined;
}

/** Reads a page, asks about its entries while nothing is held, and drops the rows. */
export async function sweep<Row>(
  from: SweepPosition,
  areGone: AreGone,
  { page, position, entry, drop }: Portion<Row>,
): Promise<Swept> {
  const rows = await page(from.after === '' ? ['', ''] : positionOf(from.after));
  const asked = rows.flatMap((row) => {
    const key = entry(row);
    return key === undefined ? [] : [{ row, key }];
  });
  const gone = await areGone(asked.map(({ key }) => key));
  const going = asked.filter((_, at) => gone[at] === true).map(({ row }) => row);
  const { dropped, last }: Dropped<Row> = going.length === 0 ? { dropped: 0 } : await drop(going);
  const end = last ?? (rows.length === rowsAtATime ? rows.at(-1) : undefined);
  const next = end && { after: JSON.stringify(position(end)), dropped: from.dropped + dropped };
  return { dropped, next };
}

const positionOf = (after: string): readonly [string, string] =>
  z.tuple([z.string(), z.string()]).parse(JSON.parse(after));

export interface StampedRow {
  readonly path: string;
  readonly fingerprint: string;
}

/** The files may lie anywhere, perhaps on a mount that hangs, so they are inspected while nothing is held. */
export async function sweepStale(
  from: SweepPosition,
  isStale: (path: string, fingerprint: string) => Promise<boolean>,
  page: (after: string) => Promise<readonly StampedRow[]>,
  drop: (rows: readonly StampedRow[]) => Promise<unknown>,
): Promise<Swept> {
  const rows = await page(from.after);
  const stale: StampedRow[] = [];
  for (const row of rows) if (await isStale(row.path, row.fingerprint)) stale.push(row);
  if (stale.length > 0) await drop(stale);
  const dropped = stale.length;
  const last = rows.length < rowsAtATime ? undefined : rows.at(-1);
  return { dropped, next: last && { after: last.path, dropped: from.dropped + dropped } };
}
