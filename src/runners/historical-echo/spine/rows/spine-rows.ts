import type { SpineQuery } from '../../probe-arguments.ts';
import { type Tier, acousticBrainzTable } from '../../artifact/tiers.ts';
import { type Page, pagesOf } from './page-statement.ts';
import { PlainRows } from './plain-rows.ts';
import { SongRow } from './song-row.ts';
import { type SpineDatabase, type SqlValue, columnsOf, quoted } from '../spine-database.ts';
import { type StoredRow, isWanted, setFallback, setLocal, storedColumns } from './stored-row.ts';

/**
 * The rows of one search in the order in which SQLite finds them, including repeated songs. All are the same object, with other
 * values.
 */
export function readRows(
  database: SpineDatabase,
  search: Tier,
  query: SpineQuery,
): Iterable<SongRow> {
  const lookUp = fallbackOf(database, search, query);
  const table = new SongTable(database, search, query);
  return lookUp === undefined ? table.local() : table.withFallback(lookUp, query.fallbackRows ?? 0);
}

type LookUp = (slug: string) => string | undefined;

function fallbackOf(database: SpineDatabase, search: Tier, query: SpineQuery): LookUp | undefined {
  if (query.fallbackRows === null || search.label !== 'tier3_modern') return undefined;
  if (columnsOf(database, acousticBrainzTable).size === 0) return undefined;
  const statement = database
    .prepare<[string], SqlValue>(
      `SELECT features_json FROM ${acousticBrainzTable} WHERE slug = ? LIMIT 1`,
    )
    .pluck();
  return (slug) => {
    const json = statement.get(slug);
    return typeof json === 'string' ? json : undefined;
  };
}

class SongTable {
  readonly #database: SpineDatabase;
  readonly #table: string;
  readonly #columns: ReadonlySet<string>;
  readonly #bounds: readonly [echoTier: string, yearMin: number, yearMax: number];
  readonly #row = new SongRow();

  constructor(
    database: SpineDatabase,
    { table, echoTier }: Tier,
    { yearMin, yearMax }: SpineQuery,
  ) {
    this.#database = database;
    this.#table = table;
    this.#columns = columnsOf(database, table);
    this.#bounds = [echoTier, yearMin, yearMax];
  }

  /** Reads page by page. If most rows of a page are not plain, it reads the rest of the table row by row. */
  *local(): Generator<SongRow> {
    const wanted = isWanted(this.#columns, false);
    const pages = pagesOf(this.#database, this.#table, this.#columns, wanted, this.#bounds);
    if (pages === undefined) {
      yield* this.#rowByRow(`WHERE ${wanted}`);
      return;
    }
    for (const page of pages) {
      const others = yield* this.#pageOf(page);
      if (others <= page.count / 2) continue;
      yield* this.#rowByRow(`WHERE ${wanted} AND _rowid_ > ?`, page.lastId);
      return;
    }
  }

  /** Reads rows that are not plain by their ids, and gives how many there were. */
  *#pageOf({ rows }: Page): Generator<SongRow, number> {
    const stored = this.#select(false, 'WHERE _rowid_ = ?');
    const plain = new PlainRows(rows, this.#row);
    let others = 0;
    while (plain.hasNext) {
      if (plain.next()) yield this.#row;
      else {
        others += 1;
        const other = stored.get(this.#row.id);
        if (other !== undefined && setLocal(this.#row, other)) yield this.#row;
      }
    }
    return others;
  }

  *#rowByRow(condition: string, ...more: readonly number[]): Generator<SongRow> {
    for (const stored of this.#select(false, condition).iterate(...this.#bounds, ...more))
      if (setLocal(this.#row, stored)) yield this.#row;
  }

  /** Rows without axes of their own have those that `lookUp` finds, as long as there are at most `most` of them. */
  *withFallback(lookUp: LookUp, most: number): Generator<SongRow> {
    const wanted = isWanted(this.#columns, true);
    let left = most;
    for (const stored of this.#select(true, `WHERE ${wanted}`).iterate(...this.#bounds)) {
      if (stored[11] === 1) {
        if (setLocal(this.#row, stored)) yield this.#row;
      } else if (left > 0 && setFallback(this.#row, stored, lookUp)) {
        left -= 1;
        yield this.#row;
      }
    }
  }

  #select(withFallback: boolean, condition: string) {
    const columns = storedColumns(this.#columns, withFallback);
    return this.#database
      .prepare<unknown[], StoredRow>(`SELECT ${columns} FROM ${quoted(this.#table)} ${condition}`)
      .raw();
  }
}
