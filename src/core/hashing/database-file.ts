/**
 * Hashes the database of a job. Its digest is part of the key, so the runner must not read database content from other files.
 */
import { realpathSync, statSync } from 'node:fs';
import { CabError, errnoOf } from '../model/errors.ts';
import type { DigestFile } from '../model/runner/runner-identity.ts';

/** @throws CabError spine_not_found, db_busy; both name the file */
export async function databaseHash(
  path: string,
  digest: DigestFile,
  signal?: AbortSignal,
): Promise<string> {
  try {
    const real = realpathSync.native(path);
    if (!statSync(real).isFile()) throw notFound(path, 'is not a regular file');
    refuseBusy(path, real);
    return await digest(real, signal);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || error instanceof CabError) throw error;
    throw notFound(path, `cannot be read (${errno})`, error);
  }
}

/**
 * SQLite keeps commits in a log beside the file, or the old pages of an unfinished change in a journal. If one of these has
 * content, the digest of the file does not tell what readers see. SQLite looks for them beside the file itself; older versions
 * look beside the link. Throws db_busy, and the system's error if the file is not there.
 * @param real the path of the file at the end of all links, if it is known
 */
export function refuseBusy(path: string, real: string = realpathSync.native(path)): void {
  const files = real === path ? [path] : [real, path];
  for (const beside of files.flatMap((file) => [`${file}-wal`, `${file}-journal`])) {
    const size = statSync(beside, { throwIfNoEntry: false })?.size ?? 0;
    if (size === 0) continue;
    throw new CabError('db_busy', `database ${path} has changes in ${beside}`, {
      hint: `Have them written into the database, and submit again: sqlite3 ${path} 'PRAGMA wal_checkpoint(TRUNCATE)'`,
      details: { file: path, beside, size },
    });
  }
}

const notFound = (path: string, problem: string, cause?: unknown): CabError =>
  new CabError('spine_not_found', `database ${path} ${problem}`, {
    details: { file: path },
    ...(cause !== undefined && { cause }),
  });
