/**
 * Keeps a caller's paths within some directories. Each path is checked twice. Before it is opened, its target is checked, so
 * that a file outside is not opened, and looks the same as a missing one. After it is opened, the place of the open file is
 * checked, because a link may have changed in between. Further reads use that file, by its path without links.
 */
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { isWithin, realPlace } from './real-place.ts';

export interface PathFence {
  /** Whether a file in this place may be read. `place`: an absolute path without links; undefined if the place is unknown. */
  admits(place: string | undefined): Promise<boolean>;
  /** The directories of a fence that `fenceWithin` made. Another thread can make the same fence from them. */
  readonly roots?: readonly string[];
}

/**
 * Does not admit what a root keeps for itself, in `.cab`: inputs that others sent lie there.
 * @param roots absolute paths of directories; links in them are resolved each time
 */
export const fenceWithin = (roots: readonly string[]): PathFence => ({
  roots,
  admits: async (place) => {
    if (place === undefined) return false;
    const places = await Promise.all(roots.map((root) => realPlace(root)));
    return places.some(
      (root) => root !== undefined && isWithin(root, place) && !isKept(relative(root, place)),
    );
  },
});

const isKept = (below: string): boolean => below.split(sep).includes('.cab');

/** The field of a request that names a path. */
export type PathField = 'features_path' | 'db_path';

/** The place to which a path leads, whether anything is there or not. @throws CabError path_refused */
export async function admittedPath(
  path: string,
  field: PathField,
  fence: PathFence,
): Promise<string> {
  return admitted(await realPlace(path), path, field, fence);
}

/** The place of the file that was opened by a path. @throws CabError path_refused */
export async function admittedFile(
  descriptor: number,
  path: string,
  field: PathField,
  fence: PathFence,
): Promise<string> {
  return admitted(await placeOf(descriptor, path), path, field, fence);
}

/** As `admittedFile`, for a file that others will open by the returned place. A missing file has a place, too. */
export async function admittedPlace(
  path: string,
  field: PathField,
  fence: PathFence,
): Promise<string> {
  const place = await admittedPath(path, field, fence);
  const descriptor = opened(path);
  if (descriptor === undefined) return place;
  try {
    return await admittedFile(descriptor, path, field, fence);
  } finally {
    closeSync(descriptor);
  }
}

async function admitted(
  place: string | undefined,
  path: string,
  field: PathField,
  fence: PathFence,
): Promise<string> {
  if (place !== undefined && (await fence.admits(place))) return place;
  throw new CabError('path_refused', `${field}: ${path} lies outside of what may be read here`, {
    details: { field },
  });
}

/** The descriptor's own path, if the system gives it. Else the current target of the path, if that is the same file. */
async function placeOf(descriptor: number, path: string): Promise<string | undefined> {
  try {
    return await readlink(`/proc/self/fd/${descriptor}`);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const place = await realPlace(path);
  const found = place === undefined ? undefined : statSync(place, { throwIfNoEntry: false });
  const { dev, ino } = fstatSync(descriptor);
  return found?.dev === dev && found.ino === ino ? place : undefined;
}

/** On Linux this descriptor only names the file. Opening and closing a database of this process would release its locks. */
const naming =
  process.platform === 'linux' ? 0o10000000 : constants.O_RDONLY | constants.O_NONBLOCK;

function opened(path: string): number | undefined {
  try {
    return openSync(path, naming);
  } catch (error) {
    // The code that reads the file reports why it cannot be read.
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
