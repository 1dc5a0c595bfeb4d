/**
 * The one place that chooses the SQLite library: Node itself (`node:sqlite`) if it is suitable, else the package better-sqlite3
 * with its native part.
 */
import { openBetterSqlite3, rebuildHint } from './better-sqlite3.ts';
import type { SqliteConnection, SqliteOptions } from './connection.ts';
import { nodeSqlite } from './node-sqlite.ts';

/** @throws CabError sqlite_unavailable; errors of SQLite as they come */
export const openSqlite = (path: string, options: SqliteOptions = {}): SqliteConnection =>
  nodeSqlite === undefined ? openBetterSqlite3(path, options) : nodeSqlite(path, options);

export const sqliteDriver = nodeSqlite === undefined ? 'better-sqlite3' : 'node:sqlite';

/** What to do if SQLite itself does not fit. */
export const sqliteMend = (): string =>
  nodeSqlite === undefined ? rebuildHint() : 'Install another release of Node.';
