/** SQLite from the package better-sqlite3. Its native part is built by npm for one version of Node. */
import type BetterSqlite3 from 'better-sqlite3';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { CabError, isError } from '../../core/model/errors.ts';
import type { SqliteConnection, SqliteOptions } from './connection.ts';

type Driver = typeof BetterSqlite3;

let loaded: { readonly driver: Driver; readonly nativeBinding: string } | undefined;

/** @throws CabError sqlite_unavailable; errors of SQLite and of the driver as they come */
export function openBetterSqlite3(path: string, options: SqliteOptions): SqliteConnection {
  const { driver: Sqlite, nativeBinding } = (loaded ??= load());
  return new Sqlite(path, { ...options, nativeBinding });
}

/** The hint if the native part does not fit. `folder` is the one whose node_modules holds the package. */
export function rebuildHint(): string {
  const folder = folderOf(requireFromHere().resolve(name));
  return `Build it for this Node: cd ${quoted(folder)} && npm rebuild ${name}`;
}

const name = 'better-sqlite3';
const requireFromHere = (): NodeJS.Require => createRequire(import.meta.url);

/** Loads the native part first and by its path: the driver would search a dozen places, and list them all if it finds none. */
function load(): { driver: Driver; nativeBinding: string } {
  const require = requireFromHere();
  try {
    const main = require.resolve(name);
    const nativeBinding = join(main, '..', '..', 'build', 'Release', 'better_sqlite3.node');
    require(nativeBinding);
    return { driver: require(name) as Driver, nativeBinding };
  } catch (error) {
    throw unavailable(error);
  }
}

/** @param cause what `require` threw: a file is missing, or was built for another Node or another system */
function unavailable(cause: unknown): unknown {
  const code = isError(cause) && 'code' in cause ? cause.code : undefined;
  const why = whyNot[String(code)];
  if (!isError(cause) || why === undefined) return cause;
  return new CabError('sqlite_unavailable', `the native part of SQLite ${why(cause.message)}`, {
    hint: isInstalled() ? rebuildHint() : `Install cab again: its package ${name} is missing.`,
    cause,
  });
}

const whyNot: Readonly<Record<string, (message: string) => string>> = {
  MODULE_NOT_FOUND: () => `(${name}) is missing`,
  ERR_DLOPEN_FAILED: (message) =>
    `(${name}) cannot be loaded: ${message.replace(/\s*\n\s*/g, ' ').trim()}`,
};

function isInstalled(): boolean {
  try {
    return requireFromHere().resolve(name) !== '';
  } catch (error) {
    if (isError(error) && 'code' in error && error.code === 'MODULE_NOT_FOUND') return false;
    throw error;
  }
}

const folderOf = (file: string): string =>
  file.slice(0, file.lastIndexOf(`${sep}node_modules${sep}`));

const quoted = (path: string): string => (/^[\w./@+-]+$/.test(path) ? path : JSON.stringify(path));
