import type { EntryKey } from '../model/entry/key.ts';
import type { Publication } from './entry-store.ts';
import type { LightEntry } from './made-entry.ts';

/** Entries that are written to their places first and flushed later. The caller keeps their bytes until they are flushed. */
export interface LightEntries {
  /**
   * As `EntryStore.publish`. `isDurable`: flushed on return. Otherwise the entry is whole for every process of this boot, and a
   * loss of power may leave any part of it.
   */
  publish(entry: LightEntry, isDurable: boolean, signal?: AbortSignal): Promise<Publication>;

  /** Flushes entries that were placed: their files, and the names that lead to them. Passes over those that are gone. */
  flush(keys: readonly EntryKey[]): Promise<void>;

  /** Flushes all entries and pointers of the root at once. False if the system cannot do that. */
  flushAll(): Promise<boolean>;
}
