/**
 * Keeps a caller's paths within some directories. A path is judged twice: before it is opened, by where it leads, so that what
 * lies outside is not even opened, nor told from what is not there; and by where the open file lies, for a link may have been
 * turned in between. What is read from then on is that file, under the path without links that the system has for it.
 */
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { isWithin, realPlace } from './real-place.ts';

export interface PathFence {
  /** Whether a file may be read that lies in this place: an absolute path without links; undefined: nobody can tell where. */
  admits(place: string | undefined): Promise<boolean>;
  /** Of a fence that `fenceWithin` made: the directories, by which another thread can make it anew. */
  readonly roots?: readonly string[];
}

/** @param roots absolute paths of directories; links in them are resolved each time */
export const fenceWithin = (roots: readonly string[]): PathFence => ({
  roots,
  admits: async (place) => {
    const places = await Promise.all(roots.map((root) => realPlace(root)));
    return places.some((root) => isWithin(root, place));
  },
});

/** The field of a request that names a path. */
export type PathField = 'features_path' | 'db_path';

/** The place that a path leads to, whether anything is there or not. @throws CabError path_refused */
export async function admittedPath(
  path: string,
  field: PathField,
  fence: PathFence,
): Promise<string> {
  return admitted(await realPlace(path), path, field, fence);
}

/** The place where the file lies that was opened by a path. @throws CabError path_refused */
export async function admittedFile(
  descriptor: number,
  path: string,
  field: PathField,
  fence: PathFence,
): Promise<string> {
  return admitted(await placeOf(descriptor, path), path, field, fence);
}

/** As `admittedFile`, for a file that others will open, by the place that comes out. What is not there has one too. */
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

/** The descriptor's own path, where the system tells it; else where the path leads now, if that is the same file. */
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

/** On Linux a descriptor that only names the file: to open and close a database of this process would cost it its locks. */
const naming =
  process.platform === 'linux' ? 0o10000000 : constants.O_RDONLY | constants.O_NONBLOCK;

function opened(path: string): number | undefined {
  try {
    return openSync(path, naming);
  } catch (error) {
    // Whoever reads it says why it cannot be.
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
