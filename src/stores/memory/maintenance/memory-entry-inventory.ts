import type { EntryKey } from '../../../core/model/key.ts';
import type { EntryInventory, Place } from '../../../core/ports/entry-inventory.ts';
import type { FoundEntry } from '../../../core/ports/entry-store.ts';
import type { StoredEntries, StoredEntry } from '../stored-entries.ts';

/** Entries in memory, as garbage collection and verify see them. */
export class MemoryEntryInventory implements EntryInventory {
  readonly #entries: StoredEntries;

  constructor(entries: StoredEntries) {
    this.#entries = entries;
  }

  async *places(): AsyncGenerator<readonly Place[]> {
    const all = this.#entries.all();
    for (let at = 0; at < all.length; at += pageSize)
      yield all.slice(at, at + pageSize).map(({ entry }) => ({ kind: 'entry', key: entry.key }));
  }

  async expected(): Promise<number> {
    return this.#entries.all().length;
  }

  async modified(keys: readonly EntryKey[]): Promise<(number | undefined)[]> {
    return keys.map((key) => this.#entries.get(key)?.modified);
  }

  async sizes(keys: readonly EntryKey[]): Promise<number[]> {
    return keys.map((key) => bytesOf(this.#entries.get(key)));
  }

  async identities(keys: readonly EntryKey[]): Promise<(number | undefined)[]> {
    return keys.map((key) => this.#entries.get(key)?.identity);
  }

  async locate(key: EntryKey): Promise<FoundEntry | undefined> {
    return this.#entries.get(key)?.entry;
  }

  async holds(keys: readonly EntryKey[]): Promise<boolean[]> {
    return keys.map((key) => this.#entries.get(key) !== undefined);
  }

  async *removeEmpty(): AsyncGenerator<number> {
    // A removed entry leaves no empty directory.
  }
}

const pageSize = 50;

const bytesOf = (stored: StoredEntry | undefined): number =>
  [...(stored?.files.values() ?? [])].reduce((sum, { length }) => sum + length, 0);
