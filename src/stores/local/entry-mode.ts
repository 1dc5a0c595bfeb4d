import { statSync } from 'node:fs';
import { errnoOf } from '../../core/model/errors.ts';

/**
 * Permissions of an entry's files: read-only, as far as the umask allows, and open to nobody whom a file that its run
 * read keeps out: a private file does not become a public artifact by a copy alone. A group may read where everyone may, or
 * where it is the group of that file and of the entry.
 * @param read paths of those files
 * @param made a file that this process has made with 0666; its mode tells the umask, which can be asked for in no other way
 *   that does not change it for a moment, for all threads
 */
export function entryMode(read: readonly string[], made: string): number {
  const { mode, gid } = statSync(made);
  return read.reduce((allowed, path) => allowed & readersOf(path, gid), mode & 0o444);
}

/** Bits of those who may read a file, its owner always among them. */
function readersOf(path: string, gid: number): number {
  try {
    const stats = statSync(path);
    const others = stats.mode & 0o004;
    const isForGroup = others !== 0 || ((stats.mode & 0o040) !== 0 && stats.gid === gid);
    return 0o400 | (isForGroup ? 0o040 : 0) | others;
  } catch (error) {
    // Also a database may be no file at all; what cannot be looked at is nobody else's.
    if (errnoOf(error) === undefined) throw error;
    return errnoOf(error) === 'ENOENT' ? 0o444 : 0o400;
  }
}
