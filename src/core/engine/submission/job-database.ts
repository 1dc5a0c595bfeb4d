import { CabError, isCabError } from '../../model/errors.ts';
import { isLocked } from '../../../support/files/locked-files.ts';
import { admittedPlace, type PathFence } from '../../../support/paths/path-fence.ts';
import { realPlace } from '../../../support/paths/real-place.ts';
import { databaseHash } from '../../hashing/database-file.ts';
import type { DigestFile } from '../../model/runner/runner-identity.ts';
import type { Runner } from '../../ports/runner.ts';

/** A job's database: its path, and its SHA-256 or the hash that the caller gave. */
export interface Database {
  readonly path: string | null;
  readonly hash: string | null;
}

/**
 * The path of a database that a request names. If the job would get this database without naming it, it is the broker's own
 * choice and may lie anywhere. @throws CabError path_refused
 */
export async function fencedDatabase(
  path: string,
  fence: PathFence,
  isOwn: () => Promise<boolean>,
): Promise<string> {
  try {
    return await admittedPlace(path, 'db_path', fence);
  } catch (error) {
    if (!isCabError(error, 'path_refused') || !(await isOwn())) throw error;
    return path;
  }
}

/** Only the runner knows whether a path is a database. If it cannot be hashed and need not be, it stays a path. */
export async function hashedDatabase(
  { path, hash }: Database,
  runner: Runner,
  digest: DigestFile,
  signal: AbortSignal | undefined,
): Promise<Database> {
  if (path === null) return { path, hash };
  await refuseOwn(path);
  if (hash !== null) return { path, hash };
  try {
    return { path, hash: await databaseHash(path, digest, signal) };
  } catch (error) {
    if (runner.database === 'required' || !isCabError(error, 'spine_not_found')) throw error;
    return { path, hash: null };
  }
}

/** Reading a file that SQLite has open by other means would release SQLite's locks. */
async function refuseOwn(path: string): Promise<void> {
  const place = await realPlace(path);
  if (place !== undefined && isLocked(place))
    throw new CabError('invalid_request', `db_path: ${path} belongs to cab itself`, {
      details: { field: 'db_path', file: path },
    });
}
