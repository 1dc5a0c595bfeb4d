import { CabError, errnoOf, isError } from '../../../core/model/errors.ts';
import type { SqliteConnection } from '../../../support/sqlite/connection.ts';
import { openSqlite } from '../../../support/sqlite/sqlite.ts';
import type { Tier } from '../artifact/tiers.ts';

export type SpineDatabase = SqliteConnection;
export type SqlValue = string | number | bigint | Buffer | null;

/** The columns of every table of songs; all are TEXT. */
export const songColumns = [
  'year',
  'artist',
  'title',
  'echo_tier',
  'has_audio',
  'tempo',
  'valence',
  'energy',
  'loudness',
  'tempo_band',
  'valence_band',
  'energy_band',
] as const;

/**
 * Opens a spine for reading. The caller closes it.
 * @throws CabError spine_not_found, spine_invalid (both name the file), sqlite_unavailable
 */
export function openSpine(path: string): SpineDatabase {
  return namingTheFile(path, () => {
    const database = openSqlite(path, { readonly: true });
    // Opening reads nothing. This read shows whether the file is a database.
    database.pragma('schema_version');
    return database;
  });
}

/** Runs `read`, and reports errors of SQLite as a defect of this file. */
export function namingTheFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (errnoOf(error)?.startsWith('SQLITE_') !== true && !(error instanceof TypeError))
      throw error;
    const why = isError(error) ? error.message : String(error);
    throw new CabError('spine_invalid', `${path} cannot be read as a spine: ${why}`, {
      details: { db: path },
      cause: error,
    });
  }
}

/** @throws CabError spine_invalid, naming the file and its missing table or columns */
export function requireTables(
  database: SpineDatabase,
  path: string,
  searches: readonly Tier[],
): void {
  for (const { table } of searches) requireColumns(database, path, table, songColumns);
}

export function requireColumns(
  database: SpineDatabase,
  path: string,
  table: string,
  wanted: readonly string[],
): void {
  const present = columnsOf(database, table);
  if (present.size === 0)
    throw new CabError(
      'spine_invalid',
      `${path} has no table ${table}; it has: ${tablesOf(database).join(', ') || 'none'}`,
      { details: { db: path, table } },
    );
  const missing = wanted.filter((column) => !present.has(column));
  if (missing.length > 0)
    throw new CabError(
      'spine_invalid',
      `${path}: table ${table} lacks the column ${missing.join(', ')}`,
      { details: { db: path, table, missing } },
    );
}

/** Names in lower case, of generated columns as well; empty if there is no such table or view. */
export function columnsOf(database: SpineDatabase, table: string): ReadonlySet<string> {
  const columns = database.prepare<[string], string>(
    'SELECT lower(name) FROM pragma_table_xinfo(?)',
  );
  return new Set(columns.pluck().all(table));
}

const tablesOf = (database: SpineDatabase): string[] =>
  database
    .prepare<[], string>(
      "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name",
    )
    .pluck()
    .all();

/** A table's name as SQL. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
