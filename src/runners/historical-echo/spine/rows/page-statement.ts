import { type SpineDatabase, quoted } from '../spine-database.ts';
import { slugColumn } from './stored-row.ts';

/** Rows of a table, in the order of their ids. */
export interface Page {
  /** As `PlainRows` reads them. */
  readonly rows: Uint8Array;
  readonly count: number;
  readonly lastId: number;
}

/** The tier and both years of the rows that are wanted. */
export type RowBounds = readonly [echoTier: string, yearMin: number, yearMax: number];

/**
 * Gives the wanted rows of a table, some at a time. SQLite composes the rows of a page itself, because each value
 * that it hands over takes longer than all else that is done with it. Undefined for a view, a table with an index or
 * without ids that a number can hold, and a database in UTF-16.
 * @param columns of the table, as `columnsOf` gives them
 * @param wanted the condition on a row as SQL, whose parameters are the bounds
 */
export function pagesOf(
  database: SpineDatabase,
  table: string,
  columns: ReadonlySet<string>,
  wanted: string,
  bounds: RowBounds,
): Iterable<Page> | undefined {
  if (columns.has('_rowid_') || !hasPages(database, table)) return undefined;
  const values = [
    ...['year', 'tempo', 'valence', 'energy', 'loudness'],
    ...['tempo_band', 'valence_band', 'energy_band', 'artist', 'title', slugColumn(columns)],
  ];
  // A row is its id alone if it has a BLOB, which JSON cannot hold, or if it is long.
  const statement = database
    .prepare<[...RowBounds, number], [Uint8Array | null, number, number]>(
      `SELECT CAST(group_concat(iif(octet_length(row) > ${longestRow}, json_array(id), row)) AS BLOB),
         count(*), max(id)
       FROM (
         SELECT _rowid_ AS id,
           CASE WHEN 'blob' IN (${values.map((value) => `typeof(${value})`).join(', ')})
             THEN json_array(_rowid_) ELSE json_array(_rowid_, ${values.join(', ')}) END AS row
         FROM ${quoted(table)}
         WHERE ${wanted} AND _rowid_ > ? ORDER BY _rowid_ LIMIT ${pageRows})`,
    )
    .raw();
  return pages((after) => statement.get(...bounds, after));
}

function* pages(
  get: (after: number) => [Uint8Array | null, number, number] | undefined,
): Generator<Page> {
  for (let after = Number.MIN_SAFE_INTEGER; ;) {
    const [rows, count = 0, lastId = 0] = get(after) ?? [];
    if (!(rows instanceof Uint8Array)) return;
    yield { rows, count, lastId };
    after = lastId;
  }
}

const pageRows = 1000;

/** Bytes. So a page has at most 16 MB. */
const longestRow = 16_000;

/**
 * Whether the rows have ids, of which each is a whole number of JavaScript, and texts are stored as they are read. With an
 * index SQLite may give the rows in its order, and the order decides which of two equal songs counts.
 */
function hasPages(database: SpineDatabase, table: string): boolean {
  const isPlain = database
    .prepare<[string, string], number>(
      `SELECT 1 FROM pragma_table_list, pragma_encoding
       WHERE encoding = 'UTF-8' AND schema = 'main' AND type = 'table' AND wr = 0
         AND lower(name) = lower(?) AND NOT EXISTS (SELECT 1 FROM pragma_index_list(?))`,
    )
    .pluck();
  if (isPlain.get(table, table) === undefined) return false;
  const name = quoted(table);
  const [first, last] =
    database
      .prepare<[], [number | null, number | null]>(
        `SELECT (SELECT min(_rowid_) FROM ${name}), (SELECT max(_rowid_) FROM ${name})`,
      )
      .raw()
      .get() ?? [];
  return (first ?? 0) > Number.MIN_SAFE_INTEGER && (last ?? 0) < Number.MAX_SAFE_INTEGER;
}
