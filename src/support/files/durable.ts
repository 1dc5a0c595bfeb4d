import { chmodSync, closeSync, fsync, mkdirSync, openSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf } from '../../core/model/errors.ts';
import { BoundedCache } from '../bounded-cache.ts';
import { failpoint } from '../failpoints.ts';

/** Forces what was written through a descriptor to the disk. The wait is outside of this thread. */
export const syncDescriptor: (descriptor: number) => Promise<void> = promisify(fsync);

/** Forces a file's bytes to the disk. */
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
 * Forces the names in a directory to the disk. One at a time for each: whoever comes while one is under way may
 * have come too late for it, and shares the next with all others who wait.
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

const making = new Map<string, Promise<void>>();

/**
 * Makes a directory and those above it, each name durable in its parent on return, whoever made it: who did may have
 * been killed, or be about to sync it just now. Not `mkdir` with `recursive`: on file systems that take no new
 * directory and answer ENOENT (as /proc does), that one never ends.
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

/** Directories whose names this process knows to be on the disk, by path. */
const confirmed = new BoundedCache<string>({ capacity: 10_000, weigh: () => 1 });

/** Syncs the name of a directory that another has made: once a process, as long as it is the same directory. */
async function confirm(path: string): Promise<void> {
  try {
    await syncDirectory(dirname(path));
  } catch (error) {
    // A directory in a place that may not be read was made by someone else, long ago.
    if (errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'EPERM') throw error;
  }
  if (isPrivate(path)) closeToOthers(path);
  remember(path);
}

/** Inputs, logs and the job store lie in it: nobody but the owner of the root may look. */
const isPrivate = (path: string): boolean => basename(path) === '.cab';

/** One that an earlier version made, or another user, whose it stays. */
function closeToOthers(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || (stats.mode & 0o077) === 0) return;
  if (stats.uid !== process.geteuid?.()) return;
  try {
    chmodSync(path, 0o700);
  } catch (error) {
    // File systems without modes, and those that may not be written.
    if (!['EPERM', 'EROFS', 'ENOTSUP', 'EOPNOTSUPP'].includes(errnoOf(error) ?? '')) throw error;
  }
}

function remember(path: string): void {
  const identity = identityOf(path);
  if (identity !== undefined) confirmed.set(path, identity);
}

/** False where it was there, or its parent is not. */
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

/** Tells a directory from another of its name, before or after; undefined where there is none. */
function identityOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.isDirectory() === true
    ? `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`
    : undefined;
}

const notMade = (path: string): Error =>
  Object.assign(new Error(`no directory can be made at ${path}`), { code: 'ENOTDIR' });
