/**
 * Writes small entries from memory to their places, without a flush for each; flushes many of them together later. The directory
 * is made in staging, under a name of which every process can tell whether its maker is gone, and moves to its place by rename, as
 * in publication.ts.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { formatKey, type EntryKey } from '../../../core/model/entry/key.ts';
import { foldersOf } from '../../../core/model/entry/entry-path.ts';
import type { EntryStore, Publication } from '../../../core/ports/entry-store.ts';
import type { LightEntry, LightFile } from '../../../core/ports/made-entry.ts';
import type { LightEntries } from '../../../core/ports/light-entries.ts';
import { failpoint } from '../../../support/failpoints.ts';
import {
  isGone,
  makeDirectory,
  syncDirectoryIfThere,
  syncIfThere,
} from '../../../support/files/durable.ts';
import { flushFileSystems } from '../../../support/files/flush-file-system.ts';
import { ownName } from '../../../support/files/idle-place.ts';
import { guarded } from '../../../support/files/io-error.ts';
import { removeTree } from '../../../support/files/remove-tree.ts';
import type { Layout } from '../layout.ts';
import { below, folderMode, moveToPlace, publish, someAtATime } from './publication.ts';

export class FsLightEntries implements LightEntries {
  readonly #layout: Layout;
  readonly #entries: Pick<EntryStore, 'claimHit'>;

  /** @param entries the store of the same root */
  constructor(layout: Layout, entries: Pick<EntryStore, 'claimHit'>) {
    this.#layout = layout;
    this.#entries = entries;
  }

  publish(
    { files, ...entry }: LightEntry,
    isDurable: boolean,
    signal?: AbortSignal,
  ): Promise<Publication> {
    return guarded(`publishing ${formatKey(entry.key)}`, async () => {
      await makeDirectory(this.#layout.staging);
      const staged = { ...entry, dir: join(this.#layout.staging, ownName('arriving')) };
      try {
        writeFiles(staged.dir, files, entry.mode);
        const move = isDurable ? publish : moveToPlace;
        const publication = await move(staged, this.#layout, (key) =>
          this.#entries.claimHit(key, signal),
        );
        if (publication.outcome === 'kept') {
          await removeTree(staged.dir);
          // What stands may be of a process that died before it flushed it.
          if (isDurable) await this.flush([entry.key]);
        }
        return publication;
      } catch (error) {
        await removeTree(staged.dir);
        throw error;
      }
    });
  }

  async flush(keys: readonly EntryKey[]): Promise<void> {
    await guarded('flushing entries', async () => {
      const places = keys.map((key) => this.#layout.entry(key));
      // All files of many small entries together, but never more open at a time than the system gives.
      await someAtATime(places.flatMap(inPlace), syncIfThere);
      failpoint('entry.files-synced');
      await someAtATime([...new Set(places.map(dirname))], syncDirectoryIfThere);
      failpoint('entry.place-synced');
    });
  }

  flushAll(): Promise<boolean> {
    const { entries, index } = this.#layout;
    // There are no pointers before the first track.
    return flushFileSystems([entries, index].filter((path) => existsSync(path)));
  }
}

function writeFiles(dir: string, files: readonly LightFile[], mode: number): void {
  failpoint('entry.staging');
  const folders = new Set(files.flatMap(({ path }) => foldersOf(path)));
  for (const folder of ['', ...folders]) {
    mkdirSync(join(dir, folder), 0o700);
    chmodSync(join(dir, folder), folderMode(mode));
  }
  for (const { path, bytes } of files) {
    const descriptor = openSync(join(dir, path), 'wx', 0o600);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
      fchmodSync(descriptor, mode);
    } finally {
      closeSync(descriptor);
    }
  }
  failpoint('entry.staged');
}

/** Files before the folders that hold their names; none if garbage collection, or a person, removed the entry. */
function inPlace(place: string): string[] {
  try {
    const { folders, files } = below(place);
    return [...files, ...folders];
  } catch (error) {
    if (!isGone(error)) throw error;
    return [];
  }
}
