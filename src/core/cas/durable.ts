import { closeSync, fsync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf } from '../errors.ts';

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
 * Makes a directory and those above it, each name durable in its parent on return, whoever of this process made
 * it. Not `mkdir` with `recursive`: on file systems that take no new directory and answer ENOENT (as /proc does),
 * that one never ends.
 */
export async function makeDirectory(path: string): Promise<void> {
  const begun = making.get(path);
  if (begun !== undefined) return begun;
  if (isDirectory(path)) return;
  const made = makeAnew(path).finally(() => making.delete(path));
  making.set(path, made);
  return made;
}

async function makeAnew(path: string): Promise<void> {
  const parent = dirname(path);
  if (!isDirectory(parent) || making.has(parent)) await makeDirectory(parent);
  if (!made(path) && !isDirectory(path)) throw notMade(path);
  await syncDirectory(parent);
}

/** False where it was there, or its parent is not. */
function made(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' || errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const notMade = (path: string): Error =>
  Object.assign(new Error(`no directory can be made at ${path}`), { code: 'ENOTDIR' });
