import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { CabError, errnoOf } from '../../core/model/errors.ts';

/**
 * Runs before a root is read. A root that is not there yet counts as empty, and a file in its place is a mistake.
 * @throws CabError store_unreadable
 */
export function refuseFileAsRoot(root: string): void {
  if (!isFile(root)) return;
  throw new CabError('store_unreadable', `the root ${root} is not a directory`, {
    hint: 'Move it away, or choose another root.',
    details: { field: 'root', root },
  });
}

/** For what only a root that is there can be asked. @throws CabError store_unreadable */
export function refuseAbsentRoot(root: string): void {
  if (existsSync(root)) return;
  throw new CabError('store_unreadable', `there is no root at ${resolve(root)}`, {
    hint: 'Name it with --cas-root.',
  });
}

/** False also if the path cannot be inspected: the read that follows reports that. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return errnoOf(error) === 'ENOTDIR';
  }
}
