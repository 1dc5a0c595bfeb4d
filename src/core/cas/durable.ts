import { mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from '../errors.ts';
import { failpoint } from '../failpoints.ts';

/** Forces a file's bytes, or a directory's names, to the disk. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a directory and those above it, each name durable in its parent on return; also that of one which is there
 * already, for who made it may have been killed, or be about to sync it just now. Not `mkdir` with `recursive`: on
 * file systems that take no new directory and answer ENOENT (as /proc does), that one never ends.
 */
export async function makeDirectory(path: string): Promise<void> {
  if (await made(path)) return sync(dirname(path));
  const standing = await identityOf(path);
  if (standing !== undefined) return confirm(path, standing);
  const parent = dirname(path);
  if ((await identityOf(parent)) === undefined) await makeDirectory(parent);
  if (!(await made(path)) && (await identityOf(path)) === undefined) throw notMade(path);
  await sync(parent);
}

/** Directories found standing whose names this process has synced, by path. */
const confirmed = new Map<string, string>();
const mostConfirmed = 10_000;

/** Syncs the name of a directory that another has made: once a process, as long as it is the same directory. */
async function confirm(path: string, identity: string): Promise<void> {
  if (confirmed.get(path) === identity) return;
  try {
    await sync(dirname(path));
  } catch (error) {
    // A directory in a place that may not be read was made by someone else, long ago.
    if (errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'EPERM') throw error;
  }
  if (confirmed.size >= mostConfirmed) confirmed.clear();
  confirmed.set(path, identity);
}

/** False where it was there, or its parent is not. */
async function made(path: string): Promise<boolean> {
  try {
    failpoint('directory.making');
    await mkdir(path);
    failpoint('directory.made');
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' || errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Tells a directory from another of its name, before or after; undefined where there is none. */
async function identityOf(path: string): Promise<string | undefined> {
  try {
    const stats = await stat(path, { bigint: true });
    return stats.isDirectory() ? `${stats.dev}:${stats.ino}:${stats.birthtimeNs}` : undefined;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const notMade = (path: string): Error =>
  Object.assign(new Error(`no directory can be made at ${path}`), { code: 'ENOTDIR' });
