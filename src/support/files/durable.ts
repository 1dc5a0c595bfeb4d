import { chmodSync, closeSync, fsync, mkdirSync, openSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf } from '../../core/model/errors.ts';
import { BoundedCache } from '../bounded-cache.ts';
import { failpoint } from '../failpoints.ts';

/** Flushes to disk what was written through a descriptor. The wait does not block this thread. */
export const syncDescriptor: (descriptor: number) => Promise<void> = promisify(fsync);

/** Flushes a file's bytes to disk. */
export async function sync(path: string): Promise<void> {
  const descriptor = openSync(path, 'r');
  try {
    await syncDescriptor(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

interface DirectorySync {
  readonly running: Promise<void>;
  next: Promise<void> | undefined;
}

const underWay = new Map<string, DirectorySync>();

/**
 * Flushes the names in a directory to disk. Each directory has one sync at a time. A caller that comes during a sync may be too
 * late for it, so it shares the next sync with all others who wait.
 */
export function syncDirectory(path: string): Promise<void> {
  const current = underWay.get(path);
  if (current === undefined) return startSync(path);
  const again = (): Promise<void> => startSync(path);
  return (current.next ??= current.running.then(again, again));
}

function startSync(path: string): Promise<void> {
  const entry: DirectorySync = { running: sync(path), next: undefined };
  underWay.set(path, entry);
  const leave = (): void => {
    if (entry.next === undefined && underWay.get(path) === entry) underWay.delete(path);
  };
  entry.running.then(leave, leave);
  return entry.running;
}

const ifThere =
  (flush: (path: string) => Promise<void>) =>
  async (path: string): Promise<void> => {
    try {
      await flush(path);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  };

/** Whether the system says that nothing is at the path. */
export const isGone = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errnoOf(error) ?? '');

/** As `sync`, if there is something to flush. */
export const syncIfThere = ifThere(sync);

/** As `syncDirectory`, if there is one. */
export const syncDirectoryIfThere = ifThere(syncDirectory);

const making = new Map<string, Promise<void>>();

/**
 * Makes a directory and its parents. On return each name is durable in its parent, even if another process made the directory:
 * that process may have been killed before its sync, or may be about to sync. `mkdir` with `recursive` is not used, because it
 * never ends on file systems that refuse new directories with ENOENT (as /proc does).
 */
export async function makeDirectory(path: string): Promise<void> {
  const begun = making.get(path);
  if (begun !== undefined) return begun;
  const standing = identityOf(path);
  if (standing !== undefined && confirmed.get(path) === standing) return;
  const made = (standing === undefined ? makeAnew(path) : confirm(path)).finally(() =>
    making.delete(path),
  );
  making.set(path, made);
  return made;
}

async function makeAnew(path: string): Promise<void> {
  const parent = dirname(path);
  if (identityOf(parent) === undefined || making.has(parent)) await makeDirectory(parent);
  if (!made(path) && identityOf(path) === undefined) throw notMade(path);
  await syncDirectory(parent);
  remember(path);
}

/** Directories whose names this process knows to be on disk, by path. */
const confirmed = new BoundedCache<string>({ capacity: 10_000, weigh: () => 1 });

/** Syncs the name of a directory that another process made. Done once per process, as long as it is the same directory. */
async function confirm(path: string): Promise<void> {
  try {
    await syncDirectory(dirname(path));
  } catch (error) {
    // If the parent may not be read, someone else made the directory long ago.
    if (errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'EPERM') throw error;
  }
  if (isPrivate(path)) closeToOthers(path);
  remember(path);
}

/** It holds inputs, logs and the job store, which only the owner of the root may read. */
const isPrivate = (path: string): boolean => basename(path) === '.cab';

/** An earlier version may have made it with wider permissions. The directory of another user stays as it is. */
function closeToOthers(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || (stats.mode & 0o077) === 0) return;
  if (stats.uid !== process.geteuid?.()) return;
  try {
    chmodSync(path, 0o700);
  } catch (error) {
    // File systems without modes, and read-only ones.
    if (!['EPERM', 'EROFS', 'ENOTSUP', 'EOPNOTSUPP'].includes(errnoOf(error) ?? '')) throw error;
  }
}

function remember(path: string): void {
  const identity = identityOf(path);
  if (identity !== undefined) confirmed.set(path, identity);
}

/** False if it was there, or if its parent is missing. */
function made(path: string): boolean {
  try {
    failpoint('directory.making');
    mkdirSync(path, isPrivate(path) ? 0o700 : 0o777);
    failpoint('directory.made');
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' || errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Tells a directory from an earlier or later one of the same name; undefined if there is none. */
function identityOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.isDirectory() === true
    ? `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`
    : undefined;
}

const notMade = (path: string): Error =>
  Object.assign(new Error(`no directory can be made at ${path}`), { code: 'ENOTDIR' });
