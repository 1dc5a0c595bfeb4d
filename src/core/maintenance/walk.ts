import { opendirSync, type Dir, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../model/errors.ts';
import type { Layout } from '../../stores/local/layout.ts';
import { isConfigHash, isSegment, type EntryKey } from '../model/key.ts';

/** What lies below `echo/`, pointers aside. */
export type Place =
  /** A directory where an entry belongs; says nothing of what is in it. */
  | { readonly kind: 'entry'; readonly key: EntryKey }
  /** No entry can stand here: a file, a link, or a directory whose name is no half of a key. */
  | { readonly kind: 'stray'; readonly path: string }
  | Unreadable;

/** A directory that could not be read, or not to its end. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly path: string;
  /** As `EACCES`. */
  readonly errno: string;
}

/**
 * Walks a tree of any size, in no order, a directory's names at a time in memory and no more. Synchronous, for
 * a million round trips through the thread pool cost more than the reading: who has an event loop to keep
 * takes a few hundred places and gives way. What vanishes in the meantime is passed over.
 */
export function* entryPlaces(layout: Layout): Generator<Place> {
  for (const item of itemsOf(layout.entries)) {
    if (!(item instanceof Found)) yield item;
    else if (item.path === layout.index) continue;
    else if (!item.isDirectory || !isConfigHash(item.name)) yield strayAt(item);
    else yield* placesOf(item);
  }
}

function* placesOf(config: Found): Generator<Place> {
  for (const item of itemsOf(config.path)) {
    if (!(item instanceof Found)) yield item;
    else if (!item.isDirectory || !isSegment(item.name)) yield strayAt(item);
    else yield { kind: 'entry', key: { config_hash: config.name, source_hash: item.name } };
  }
}

const strayAt = ({ path }: Found): Place => ({ kind: 'stray', path });

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
export function* itemsOf(path: string): Generator<Found | Unreadable> {
  let dir: Dir | undefined;
  try {
    dir = opendirSync(path, { bufferSize: namesAtATime });
    for (let item = dir.readSync(); item !== null; item = dir.readSync())
      yield new Found(path, item);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno !== 'ENOENT') yield { kind: 'unreadable', path, errno };
  } finally {
    dir?.closeSync();
  }
}
