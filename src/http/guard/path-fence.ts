import { resolve } from 'node:path';
import { CabError } from '../../core/errors.ts';
import type { SubmitRequest } from '../../core/model/submit-request.ts';
import { isWithin, realPlace } from '../../core/real-place.ts';
import type { Settings } from '../options.ts';

/**
 * Keeps `features_path` and `db_path` within the allowed directories, links resolved: the daemon reads them,
 * with its own rights. Whether anything is there outside of them does not show.
 */
export function pathFence({ allowRoots, isLoopback, cwd }: Settings) {
  const isOpen = allowRoots.length === 0 && isLoopback;
  return async ({ features_path, db_path }: SubmitRequest): Promise<void> => {
    if (isOpen) return;
    const roots = await Promise.all(allowRoots.map((root) => realPlace(resolve(cwd, root))));
    for (const [field, path] of Object.entries({ features_path, db_path })) {
      if (path == null) continue;
      const place = await realPlace(resolve(cwd, path));
      if (!roots.some((root) => isWithin(root, place))) throw refusal(field, path);
    }
  };
}

const refusal = (field: string, path: string): CabError =>
  new CabError('path_refused', `${field}: ${path} lies outside of what this daemon may read`, {
    details: { field },
  });
