import { mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from '../errors.ts';

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
 * Makes a directory and those above it, each name durable in its parent on return. Not `mkdir` with `recursive`: on
 * file systems that take no new directory and answer ENOENT (as /proc does), that one never ends.
 */
export async function makeDirectory(path: string): Promise<void> {
  if (await made(path)) return sync(dirname(path));
  if (await isDirectory(path)) return;
  const parent = dirname(path);
  if (!(await isDirectory(parent))) await makeDirectory(parent);
  if (!(await made(path)) && !(await isDirectory(path))) throw notMade(path);
  await sync(parent);
}

/** False where it was there, or its parent is not. */
async function made(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' || errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

const notMade = (path: string): Error =>
  Object.assign(new Error(`no directory can be made at ${path}`), { code: 'ENOTDIR' });
