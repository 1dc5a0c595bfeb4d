import { opendirSync, type Dir, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';
import { isConfigHash, isSegment } from '../../../core/model/key.ts';
import type { Place, Unreadable } from '../../../core/ports/entry-inventory.ts';
import { placeIn, type Layout } from '../layout.ts';

/**
 * Walks the tree of entries, which may have any size, in no order. It keeps the names of one directory in memory at
 * a time. It is synchronous because a million trips through the thread pool cost more than the reads. A caller with
 * an event loop takes some dozens of places and then gives way. What vanishes in the meantime is skipped.
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

/** An item of a directory. */
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

/**
 * Yields the items of a directory, and `Unreadable` if it cannot be read to its end. A directory that does not
 * exist yields nothing.
 */
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
