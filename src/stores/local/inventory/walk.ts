import { opendirSync, type Dir, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';
import { isConfigHash, isSegment } from '../../../core/model/key.ts';
import type { Place, Unreadable } from '../../../core/ports/entry-inventory.ts';
import { placeIn, type Layout } from '../layout.ts';

/**
 * Walks a tree of any size, in no order, a directory's names at a time in memory and no more. Synchronous, for
 * a million round trips through the thread pool cost more than the reading: a caller with an event loop to keep
 * takes some dozens of places and gives way. What vanishes meanwhile is passed over.
 */
export function* entryPlaces(layout: Layout): Generator<Place> {
  for (const item of itemsOf(layout, layout.entries)) {
    if (!(item instanceof Found)) yield item;
    else if (item.path === layout.index) continue;
    else if (!item.isDirectory || !isConfigHash(item.name)) yield strayAt(layout, item);
    else yield* placesOf(layout, item);
  }
}

function* placesOf(layout: Layout, config: Found): Generator<Place> {
  for (const item of itemsOf(layout, config.path)) {
    if (!(item instanceof Found)) yield item;
    else if (!item.isDirectory || !isSegment(item.name)) yield strayAt(layout, item);
    else yield { kind: 'entry', key: { config_hash: config.name, source_hash: item.name } };
  }
}

const strayAt = (layout: Layout, { path }: Found): Place => ({
  kind: 'stray',
  place: placeIn(layout, path),
});

/** A name in a directory. */
export class Found {
  readonly path: string;
  readonly name: string;
  readonly isDirectory: boolean;

  constructor(dir: string, item: Dirent) {
    this.path = join(dir, item.name);
    this.name = item.name;
    this.isDirectory = item.isDirectory();
  }
}

const namesAtATime = 1024;

/** What is in a directory, or that it could not be read to its end; nothing where there is no such directory. */
export function* itemsOf(layout: Layout, path: string): Generator<Found | Unreadable> {
  let dir: Dir | undefined;
  try {
    dir = opendirSync(path, { bufferSize: namesAtATime });
    for (let item = dir.readSync(); item !== null; item = dir.readSync())
      yield new Found(path, item);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno !== 'ENOENT') yield unreadableAt(layout, path, errno);
  } finally {
    dir?.closeSync();
  }
}

export const unreadableAt = (layout: Layout, path: string, errno: string): Unreadable => ({
  kind: 'unreadable',
  place: placeIn(layout, path),
  where: path,
  errno,
});
