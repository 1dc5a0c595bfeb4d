import { realpath, stat } from 'node:fs/promises';
import { CabError, errnoOf, isCabError } from '../errors.ts';
import { sha256File } from '../hashing/digest.ts';
import { fingerprintOf } from '../hashing/fingerprint.ts';
import { isLocked } from '../locked-files.ts';
import { realPlace } from '../real-place.ts';
import type { JobStore } from '../queue/job-store.ts';
import type { Runner } from './runner.ts';

/** A job's database: where it lies, and its SHA-256 or what the caller gave in its place. */
export interface Database {
  readonly path: string | null;
  readonly hash: string | null;
}

/** Whether a path is a database at all only the runner can tell: one that cannot be hashed stays a path, if it may. */
export async function hashedDatabase(
  { path, hash }: Database,
  runner: Runner,
  store: JobStore | undefined,
): Promise<Database> {
  if (path === null) return { path, hash };
  await refuseOwn(path);
  if (hash !== null) return { path, hash };
  try {
    return { path, hash: await databaseHash(path, store) };
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

async function databaseHash(path: string, store: JobStore | undefined): Promise<string> {
  try {
    const real = await realpath(path);
    const stats = await stat(real, { bigint: true });
    if (!stats.isFile())
      throw new CabError('spine_not_found', `database ${path} is not a regular file`, {
        details: { file: path },
      });
    const fingerprint = fingerprintOf(stats);
    const known = await store?.digest(real, fingerprint);
    if (known !== undefined) return known;
    const digest = await sha256File(real);
    if (fingerprintOf(await stat(real, { bigint: true })) === fingerprint)
      await store?.rememberDigest({ path: real, fingerprint, digest });
    return digest;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || error instanceof CabError) throw error;
    throw new CabError('spine_not_found', `database ${path} cannot be read (${errno})`, {
      cause: error,
      details: { file: path },
    });
  }
}
