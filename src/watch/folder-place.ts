/** The folder of a watcher, and the directories that it skips. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CabError, errnoOf, isCabError } from '../core/model/errors.ts';
import { realPlace } from '../support/paths/real-place.ts';
import { statsOf } from './scan.ts';
import { matcherOf } from './file-filter.ts';
import type { WatchOptions } from './watcher.ts';

export interface FolderPlace {
  /** The real path of the folder. */
  readonly folder: string;
  /** Absolute paths, as given and with links resolved. */
  readonly exclude: readonly string[];
}

/**
 * Throws input_not_found, input_not_file; usage if the pattern is invalid, or if done files would return as new ones.
 */
export async function folderPlaceOf({
  folder: path,
  pattern,
  onDone,
  exclude = [],
}: Pick<WatchOptions, 'folder' | 'pattern' | 'onDone' | 'exclude'>): Promise<FolderPlace> {
  matcherOf(pattern);
  const folder = await realFolder(path);
  const passedOver = await withRealPlaces(exclude);
  if (onDone?.do !== 'move') return { folder, exclude: passedOver };
  const destination = await withRealPlaces([onDone.to]);
  if (destination.includes(folder))
    throw new CabError(
      'usage',
      `${onDone.to} is the watched folder itself, and no place to move files to`,
      {
        hint: 'Name another directory, which may lie within the folder.',
        details: { field: 'on_done' },
      },
    );
  return { folder, exclude: [...passedOver, ...destination] };
}

/**
 * The given paths and their real paths. A folder that is watched through a link has its real path, so the
 * paths in it need theirs.
 */
async function withRealPlaces(paths: readonly string[]): Promise<string[]> {
  const places: string[] = [];
  for (const path of paths.map((given) => resolve(given)))
    places.push(path, (await realPlace(path)) ?? path);
  return places;
}

async function realFolder(path: string): Promise<string> {
  try {
    const folder = await realpath(path);
    if ((await statsOf(folder))?.isDirectory() === true) return folder;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || isCabError(error)) throw error;
    throw new CabError('input_not_found', `the folder ${path} cannot be watched (${errno})`, {
      cause: error,
      details: { path },
      hint: 'Name a directory that is there and may be read.',
    });
  }
  throw new CabError('input_not_file', `${path} is not a directory`, {
    details: { path },
    hint: 'Name the directory in which the files appear.',
  });
}
