/**
 * Moves a directory by one rename or, if the file system refuses that (EXDEV), file by file.
 *
 * An overlay file system (Docker's) refuses to rename a directory of one of its lower layers: entries that were part of an
 * image. Its files can be renamed, and the kernel copies them. Then the steps are:
 *
 *   1. the new directory is made                       crash: an empty directory
 *   2. the manifest moves, then the other files        crash: an entry without its manifest counts as absent, and
 *                                                      nothing is lost
 *   3. the old directory is removed
 *
 * A directory that comes back to its place moves in the other order, its manifest last. If two processes move the same
 * directory, each file is moved by one of them. The files are named through the open directory: if a new entry takes the place
 * of the old one meanwhile, the new entry keeps its files.
 */
import {
  closeSync,
  constants,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  type Dirent,
} from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';

export interface MoveOrder {
  readonly manifestName: string;
  readonly manifest: 'first' | 'last';
}

/** Throws system errors: ENOENT if it is gone; as `rename` if something stands in the new place. */
export function moveTree(from: string, to: string, order?: MoveOrder): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error;
    moveFiles(from, to, order);
  }
}

function moveFiles(from: string, to: string, order?: MoveOrder): void {
  const descriptor = openSync(from, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    mkdirSync(to);
    const opened = `/proc/self/fd/${descriptor}`;
    for (const item of ordered(readdirSync(opened, { withFileTypes: true }), order)) {
      const inner = join(opened, item.name);
      if (item.isDirectory()) moveTree(inner, join(to, item.name));
      else moveFile(inner, join(to, item.name));
    }
  } finally {
    closeSync(descriptor);
  }
  rmdirSync(from);
}

function ordered(items: Dirent[], order: MoveOrder | undefined): Dirent[] {
  const isManifest = ({ name }: Dirent): boolean => name === order?.manifestName;
  const manifest = items.filter(isManifest);
  const others = items.filter((item) => !isManifest(item));
  return order?.manifest === 'last' ? [...others, ...manifest] : [...manifest, ...others];
}

function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    unlinkSync(from);
  }
}
