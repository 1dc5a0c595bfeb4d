import { CabError, isCabError } from '../../model/errors.ts';
import { isLocked } from '../../../support/files/locked-files.ts';
import { admittedPlace, type PathFence } from '../../../support/files/path-fence.ts';
import { realPlace } from '../../../support/files/real-place.ts';
import { databaseHash } from '../../hashing/database-file.ts';
import type { DigestFile } from '../../model/runner-identity.ts';
import type { Runner } from '../../ports/runner.ts';

/** A job's database: where it lies, and its SHA-256 or what the caller gave in its place. */
export interface Database {
  readonly path: string | null;
  readonly hash: string | null;
}

/**
 * The place of a database that a request names. One that the job would have without a name too is the broker's own choice,
 * and may lie anywhere. @throws CabError path_refused
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

/** Whether a path is a database at all only the runner can tell: one that cannot be hashed stays a path, if it may. */
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

/** To read what SQLite has open by other means would let go of its locks. */
async function refuseOwn(path: string): Promise<void> {
  const place = await realPlace(path);
  if (place !== undefined && isLocked(place))
    throw new CabError('invalid_request', `db_path: ${path} belongs to cab itself`, {
      details: { field: 'db_path', file: path },
    });
}
