/** Gives a file a name that no other file has. */
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sync } from '../../support/files/durable.ts';
import { errnoOf } from '../../core/model/errors.ts';

/** The hidden name of a file that is being cleared. A crash may leave the file under it. */
export const asideOf = (path: string, run_id: string): string =>
  join(dirname(path), `.cab-${run_id}`);

/**
 * Gives a file its old name back. If another file has that name now, this one gets a numbered name beside it: both
 * hold what somebody wrote.
 */
export async function putBack(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path);
  } catch (error) {
    // The name is taken, or the file system has no hard links.
    if (!['EEXIST', 'EPERM', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error;
    await place(aside, path);
    return;
  }
  await unlink(aside);
}

/** Moves a file to a free name, with a number if needed. Gives that name. */
export async function place(from: string, to: string): Promise<string> {
  await mkdir(dirname(to), { recursive: true });
  for (let number = 0; ; number += 1) {
    const name = number === 0 ? to : numbered(to, number);
    if (!(await reserve(name))) continue;
    try {
      await moveOver(from, name);
    } catch (error) {
      await unlink(name);
      throw error;
    }
    return name;
  }
}

/** `foo-1.features.json`: the number stands before the suffixes, so that patterns still match. */
function numbered(path: string, number: number): string {
  const name = path.slice(dirname(path).length + 1);
  const dot = name.indexOf('.', 1);
  const end = dot === -1 ? name.length : dot;
  return join(dirname(path), `${name.slice(0, end)}-${number}${name.slice(end)}`);
}

async function reserve(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function moveOver(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await sync(to);
    await unlink(from);
  }
}

export async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
