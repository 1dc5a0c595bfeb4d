import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';

/**
 * The nearest folder of this name, in `from` or above it, that belongs to this user: what another user has put into a
 * folder above, /tmp say, is not ours to work on.
 */
export function foundUpward(name: string, from: string): string | undefined {
  const own = process.geteuid?.();
  for (let dir = from; ; dir = dirname(dir)) {
    const path = join(dir, name);
    const owner = ownerOfFolder(path);
    if (owner !== undefined && (own === undefined || owner === own)) return path;
    if (dirname(dir) === dir) return undefined;
  }
}

/** Undefined also for what this user may not look at. */
function ownerOfFolder(path: string): number | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isDirectory() === true ? stats.uid : undefined;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
