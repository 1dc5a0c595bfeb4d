/**
 * The SQLite files that this process has open. The system lets go of all locks that a process has on a file as soon as
 * the process closes any descriptor of it, whoever opened that one. So a queue that is read by anything but SQLite stands
 * without its locks, and the next program that looks into it takes its log for abandoned: it removes the log, with
 * every job that comes into it. (Older SQLite, 3.40 say, does so where the file was read; any, where the log's index was.)
 */
import { statSync, type BigIntStats } from 'node:fs';
import { errnoOf } from '../../core/model/errors.ts';

interface LockedFile {
  /** Of the file, its log and the log's index, as far as they were seen: each stays in its place while the file is open. */
  readonly inodes: Map<string, string>;
  connections: number;
}

/** By path, as it was opened. */
const locked = new Map<string, LockedFile>();
const suffixes = ['', '-wal', '-shm'] as const;

/** To be called for each connection; what it returns, once it is closed. */
export function lockFile(path: string): () => void {
  const file = locked.get(path) ?? { inodes: new Map(), connections: 0 };
  file.connections += 1;
  locked.set(path, file);
  return () => {
    file.connections -= 1;
    if (file.connections === 0) locked.delete(path);
  };
}

/** Whether what lies there, under this name or another, must not be opened but by SQLite. */
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

/** Undefined where there is nothing, or nothing that could be opened either. */
function inodeOf(path: string): string | undefined {
  try {
    const stats: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats && `${stats.dev}:${stats.ino}`;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
