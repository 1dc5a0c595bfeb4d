import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../errors.ts';
import { makeDirectory, syncDirectory } from './durable.ts';
import { rootError } from './io-error.ts';

/** By when every file system in use has written what it was given, asked or not. Milliseconds. */
const youthMs = 60 * 60 * 1000;

const mostKnown = 10_000;

/**
 * Entries whose place is known to be on the disk. Whoever published one may have been killed before it synced its
 * place, or not have come to it yet; a hit on it must outlast a loss of power all the same.
 */
export class PlacedEntries {
  readonly #home: string;
  /** Manifests' inodes by the place of their entry. */
  readonly #known = new Map<string, number>();

  /** `home` holds all entries. */
  constructor(home: string) {
    this.#home = home;
  }

  /** Once for each young entry and process. One that goes meanwhile was taken by a collection. */
  async makeDurable(place: string, manifestName: string): Promise<void> {
    const stats = statSync(join(place, manifestName), { throwIfNoEntry: false });
    if (stats === undefined || Date.now() - stats.ctimeMs > youthMs) return;
    if (this.#known.get(place) === stats.ino) return;
    try {
      await makeDirectory(this.#home);
      await makeDirectory(dirname(place));
      await syncDirectory(dirname(place));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw rootError(error, `entry ${place}`);
    }
    if (this.#known.size >= mostKnown) this.#known.clear();
    this.#known.set(place, stats.ino);
  }
}
