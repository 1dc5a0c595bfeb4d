/** Where a watcher looks, and what it passes over there. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CabError, errnoOf, isCabError } from '../core/model/errors.ts';
import { realPlace } from '../support/files/real-place.ts';
import { statsOf } from './scan.ts';
import { matcherOf } from './file-filter.ts';
import type { WatchOptions } from './watcher.ts';

export interface FolderPlace {
  /** Its real path. */
  readonly folder: string;
  /** Absolute: as they were given, and where that leads. */
  readonly exclude: readonly string[];
}

/** Throws input_not_found, input_not_file; usage where the pattern is none, or where files that are done would come back as new ones. */
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

/** A folder that is watched by way of a link has its real path, and so must what lies in it. */
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
