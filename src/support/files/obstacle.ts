/** Finds what would prevent the removal of a file or directory. */
import { accessSync, constants, lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';
import { mountsBelow } from './remove-tree.ts';
import type { Stuck } from './stuck.ts';

/** Removes nothing. Undefined if there is no obstacle. */
export function obstacleTo(path: string, mounts = mountsBelow(path)): Stuck | undefined {
  if (mounts.has(path)) return { path, errno: 'EBUSY' };
  try {
    const stats = lstatSync(path);
    return refusalOf(path, stats) ?? (stats.isDirectory() ? lookIn(path, mounts) : undefined);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno === 'ENOENT' ? undefined : { path, errno };
  }
}

function lookIn(dir: string, mounts: ReadonlySet<string>): Stuck | undefined {
  for (const name of readdirSync(dir)) {
    const stuck = obstacleTo(join(dir, name), mounts);
    if (stuck !== undefined) return stuck;
  }
  return undefined;
}

/**
 * A user can change the mode of their own directory, so EACCES is no obstacle there. For an immutable file the system gives
 * another error, whoever owns it.
 */
function refusalOf(path: string, stats: Stats): Stuck | undefined {
  if (stats.isSymbolicLink()) return undefined;
  const isOwn = process.geteuid?.() === 0 || stats.uid === process.geteuid?.();
  try {
    accessSync(path, constants.W_OK);
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const isNoObstacle = errno === 'EACCES' && (isOwn || !stats.isDirectory());
    return isNoObstacle ? undefined : { path, errno };
  }
}
