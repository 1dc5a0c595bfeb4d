/**
 * The SQLite files that this process has open. A race with the system's file locks makes this list necessary:
 *   1. SQLite locks the job store for this process.
 *   2. The process opens the same file by other means, and closes that descriptor.
 *   3. The system releases all locks of the process on the file, whichever descriptor is closed.
 *   4. The next program that opens the job store regards its log as abandoned, and removes it with every job in it.
 *
 * (Older SQLite, such as 3.40, does so if the file was read; any SQLite does so if the index of the log was read.)
 */
import { statSync, type BigIntStats } from 'node:fs';
import { errnoOf } from '../../core/model/errors.ts';

interface LockedFile {
  /**
   * The inodes of the file, its log and the log's index, as far as they were seen. They do not change while the file is open.
   */
  readonly inodes: Map<string, string>;
  connections: number;
}

/** By path, as it was opened. */
const locked = new Map<string, LockedFile>();
const suffixes = ['', '-wal', '-shm'] as const;

/** Must be called for each connection. Call the returned function after the connection is closed. */
export function lockFile(path: string): () => void {
  const file = locked.get(path) ?? { inodes: new Map(), connections: 0 };
  file.connections += 1;
  locked.set(path, file);
  return () => {
    file.connections -= 1;
    if (file.connections === 0) locked.delete(path);
  };
}

/** Whether only SQLite may open what lies there, under this name or another. */
export function isLocked(path: string): boolean {
  if (locked.size === 0) return false;
  const inode = inodeOf(path);
  return inode !== undefined && [...locked].some(([name, file]) => hasInode(name, file, inode));
}

function hasInode(name: string, { inodes }: LockedFile, wanted: string): boolean {
  for (const suffix of suffixes) {
    const inode = inodes.get(suffix) ?? inodeOf(name + suffix);
    if (inode !== undefined) inodes.set(suffix, inode);
    if (inode === wanted) return true;
  }
  return false;
}

/** Undefined if nothing is there, or if it could not be opened either. */
function inodeOf(path: string): string | undefined {
  try {
    const stats: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats && `${stats.dev}:${stats.ino}`;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
