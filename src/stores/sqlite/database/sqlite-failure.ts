import { CabError, errnoOf, type ErrorCode, isError } from '../../../core/model/errors.ts';

/** Keyed by the beginning of SQLite's own code, the longest first. */
const failures: readonly (readonly [prefix: string, code: ErrorCode, what: string])[] = [
  ['SQLITE_BUSY', 'queue_busy', 'is held by another process'],
  ['SQLITE_PROTOCOL', 'queue_busy', 'is held by other processes'],
  ['SQLITE_FULL', 'no_space', 'cannot grow: no space is left on its disk'],
  ['SQLITE_READONLY', 'root_unwritable', 'cannot be written'],
  ['SQLITE_CANTOPEN', 'root_unwritable', 'cannot be opened'],
  ['SQLITE_PERM', 'root_unwritable', 'may not be opened'],
  ['SQLITE_AUTH', 'root_unwritable', 'may not be opened'],
  ['SQLITE_IOERR_SHMSIZE', 'no_space', 'cannot be shared: no space is left on its disk'],
  ['SQLITE_IOERR', 'io_error', 'could not be read or written'],
  ['SQLITE_CORRUPT', 'queue_unreadable', 'is damaged'],
  ['SQLITE_NOTADB', 'queue_unreadable', 'is not a database'],
];

/**
 * A failure of SQLite as a CabError that names the file. Any other error, for example a defect, is
 * given back unchanged.
 */
export function queueFailure(error: unknown, file: string): unknown {
  const sqlite = codeOf(error);
  const found = failures.find(([prefix]) => sqlite.startsWith(prefix));
  if (found === undefined) return error;
  const [, code, what] = found;
  return new CabError(code, `the job store ${file} ${what}`, {
    details: { file, sqlite },
    cause: error,
  });
}

/**
 * Damage for which SQLite gives the code of a wrong statement: a header of a future format, or a
 * row with invalid JSON.
 */
const damage: Readonly<Record<string, string>> = {
  'unsupported file format': 'SQLITE_NOTADB',
  'malformed JSON': 'SQLITE_CORRUPT',
};

const codeOf = (error: unknown): string =>
  (isError(error) ? damage[error.message] : undefined) ?? errnoOf(error) ?? '';
