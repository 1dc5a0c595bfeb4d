import { realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';

/**
 * The path that an absolute path leads to, after following links. A missing file gets the path that it would have. Undefined if
 * the path cannot be followed.
 */
export async function realPlace(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const parent = dirname(path);
    if ((errno !== 'ENOENT' && errno !== 'ENOTDIR') || parent === path) return undefined;
    const place = await realPlace(parent);
    return place === undefined ? undefined : join(place, basename(path));
  }
}

/** Whether one real path lies below the other. False if either is unknown, and for the root itself. */
export const isWithin = (root: string | undefined, place: string | undefined): boolean =>
  root !== undefined &&
  place !== undefined &&
  place.startsWith(root.endsWith(sep) ? root : root + sep);
