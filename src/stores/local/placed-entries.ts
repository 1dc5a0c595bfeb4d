import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';
import { makeDirectory, syncDirectory } from '../../support/files/durable.ts';
import type { FoundEntry } from '../../core/ports/entry-store.ts';
import { rootError } from '../../support/files/io-error.ts';

/** By when every file system in use has written what it was given, asked or not. Milliseconds. */
const youthMs = 60 * 60 * 1000;

/**
 * Entries whose place is known to be on the disk. Whoever published one may have been killed before it synced its
 * place, or not have come to it yet; a hit on it must outlast a loss of power all the same.
 */
export class PlacedEntries {
  readonly #home: string;
  /** As they were found; what was found anew may be another. */
  readonly #known = new WeakSet<FoundEntry>();

  /** `home` holds all entries. */
  constructor(home: string) {
    this.#home = home;
  }

  /** Once for each entry and process. One that goes meanwhile was taken by a collection. */
  async makeDurable(entry: FoundEntry, place: string): Promise<void> {
    if (this.#known.has(entry)) return;
    const stats = statSync(join(place, entry.manifestName), { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (Date.now() - stats.ctimeMs <= youthMs) await this.#sync(place);
    this.#known.add(entry);
  }

  async #sync(place: string): Promise<void> {
    try {
      await makeDirectory(this.#home);
      await makeDirectory(dirname(place));
      await syncDirectory(dirname(place));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw rootError(error, `entry ${place}`);
    }
  }
}
