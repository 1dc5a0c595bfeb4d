/** Entries as garbage collection and verify see them: the directories below `echo/`. */
import { existsSync, lstatSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { CabError, errnoOf } from '../../../core/model/errors.ts';
import { isConfigHash, type EntryKey } from '../../../core/model/entry/key.ts';
import type { EntryInventory, Place } from '../../../core/ports/maintenance/entry-inventory.ts';
import type { FoundEntry } from '../../../core/ports/entry-store.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { locateEntry } from '../entries/entry-files.ts';
import { type FileNames } from '../../../core/ports/entry-store.ts';
import type { Layout } from '../layout.ts';
import { pagesOf } from '../../../support/pages.ts';
import { entryPlaces } from './walk.ts';

export class FsEntryInventory implements EntryInventory {
  readonly #layout: Layout;
  readonly #names: FileNames;

  constructor(layout: Layout, names: FileNames) {
    this.#layout = layout;
    this.#names = names;
  }

  places(): AsyncIterable<readonly Place[]> {
    return pagesOf(entryPlaces(this.#layout));
  }

  /** Counted from the link counts of the directories. Most file systems count subdirectories there; some do not. */
  async expected(): Promise<number | undefined> {
    const { entries } = this.#layout;
    let total = 0;
    try {
      for (const item of readdirSync(entries, { withFileTypes: true })) {
        if (!item.isDirectory() || item.name === 'index') continue;
        const { nlink } = lstatSync(join(entries, item.name));
        if (nlink < 2) return undefined;
        total += nlink - 2;
      }
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return undefined;
    }
    return total;
  }

  async modified(keys: readonly EntryKey[]): Promise<(number | undefined)[]> {
    return keys.map((key) => modifiedAt(this.#layout.entry(key)));
  }

  async sizes(keys: readonly EntryKey[]): Promise<number[]> {
    return keys.map((key) => bytesIn(this.#layout.entry(key)));
  }

  async identities(keys: readonly EntryKey[]): Promise<(number | undefined)[]> {
    return keys.map((key) => inodeOf(this.#layout.entry(key)));
  }

  locate(key: EntryKey): Promise<FoundEntry | undefined> {
    return locateEntry(key, this.#layout.entry(key), this.#names);
  }

  async holds(keys: readonly EntryKey[]): Promise<boolean[]> {
    return keys.map((key) => existsSync(this.#layout.entry(key)));
  }

  async *removeEmpty(): AsyncGenerator<number> {
    const { entries } = this.#layout;
    for await (const names of pagesOf(await namesIn(entries))) {
      const removed = names.filter(
        (name) => isConfigHash(name) && removeIfEmpty(join(entries, name)),
      );
      yield removed.length;
    }
  }
}

/** Undefined if there is no directory at `dir`. */
export function modifiedAt(dir: string): number | undefined {
  const stats = lstatSync(dir, { throwIfNoEntry: false });
  return stats?.isDirectory() === true ? stats.mtimeMs : undefined;
}

function inodeOf(dir: string): number | undefined {
  try {
    return statSync(dir).ino;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

function bytesIn(dir: string): number {
  let bytes = 0;
  try {
    for (const name of readdirSync(dir)) {
      const path = `${dir}${sep}${name}`;
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats?.isDirectory() === true) bytes += bytesIn(path);
      else bytes += stats?.size ?? 0;
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || error instanceof CabError) throw error;
    if (errno !== 'ENOENT')
      throw new CabError('store_unreadable', `${dir} cannot be read (${errno})`, { cause: error });
  }
  return bytes;
}

/** An empty directory that stays does no harm. If a publisher has just made the directory, it makes it again. */
const lasting: ReadonlySet<string> = new Set([
  'ENOTEMPTY',
  'EEXIST',
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'EROFS',
  'EBUSY',
]);

function removeIfEmpty(dir: string): boolean {
  try {
    rmdirSync(dir);
    return true;
  } catch (error) {
    if (!lasting.has(errnoOf(error) ?? '')) throw error;
    return false;
  }
}
