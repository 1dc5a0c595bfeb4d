import { resolve } from 'node:path';
import { fenceWithin, type PathFence } from '../../../support/paths/path-fence.ts';
import type { Settings } from '../options.ts';

/**
 * Keeps `features_path` and `db_path` within the allowed directories, with links resolved, because the daemon reads
 * them with its own rights. Undefined if any path is allowed.
 */
export function pathFence({
  allowRoots,
  isLoopback,
  cwd,
}: Pick<Settings, 'allowRoots' | 'isLoopback' | 'cwd'>): PathFence | undefined {
  if (allowRoots.length === 0 && isLoopback) return undefined;
  return fenceWithin(allowRoots.map((root) => resolve(cwd, root)));
}
