import { statSync, type Stats } from 'node:fs';
import { errnoOf } from '../../../core/model/errors.ts';

/**
 * Permissions of an entry's files. They are read-only, limited by the umask. A user who may not read a file that the
 * run read may not read the entry either: a private file does not become a public artifact by a copy. A group may
 * read if everyone may, or if it is the group of both that file and the entry.
 * @param read paths of those files
 * @param made `stat` of a file that this process made beside the entry with mode 0666. Its mode shows the umask. Asking
 * for the umask itself would change it for a moment, for all threads.
 */
export function entryMode(
  read: readonly string[],
  { mode, gid }: Pick<Stats, 'mode' | 'gid'>,
): number {
  return read.reduce((allowed, path) => allowed & readersOf(path, gid), mode & 0o444);
}

/** Bits of those who may read a file. Its owner always may. */
function readersOf(path: string, gid: number): number {
  try {
    const stats = statSync(path);
    const others = stats.mode & 0o004;
    const isForGroup = others !== 0 || ((stats.mode & 0o040) !== 0 && stats.gid === gid);
    return 0o400 | (isForGroup ? 0o040 : 0) | others;
  } catch (error) {
    // A database may be no file at all. If a file cannot be inspected, only its owner may read.
    if (errnoOf(error) === undefined) throw error;
    return errnoOf(error) === 'ENOENT' ? 0o444 : 0o400;
  }
}
