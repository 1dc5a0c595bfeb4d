import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';
import { makeDirectory, syncDirectory } from '../../support/files/durable.ts';
import type { FoundEntry } from '../../core/ports/entry-store.ts';
import { rootError } from '../../support/files/io-error.ts';

/** Milliseconds. After this long every file system in use has written its data, even without a sync. */
const youthMs = 60 * 60 * 1000;

/**
 * Remembers entries whose place is known to be on the disk. A publisher may have been killed before it synced the
 * place, or may not have reached that step. A hit on the entry must still survive a loss of power.
 */
export class PlacedEntries {
  readonly #home: string;
  /** Entries as they were found. An entry that is found again may be another one. */
  readonly #known = new WeakSet<FoundEntry>();

  /** `home` holds all entries. */
  constructor(home: string) {
    this.#home = home;
  }

  /** Runs once for each entry and process. If the entry goes meanwhile, garbage collection took it. */
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
