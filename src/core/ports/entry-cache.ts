import type { EntryKey } from '../model/entry/key.ts';
import type { EntryStore } from './entry-store.ts';

/**
 * Entries of a store elsewhere, kept on this machine so that they are fetched once. An entry never changes, so what is here needs
 * no question to that store. Everything may be lost at any time without harm, also by another process.
 */
export interface EntryCache {
  /** Gives only bytes that match their manifest, like any entry store. */
  readonly entries: EntryStore;
  /** Says that an entry was used or put here. The least recently used go first, once there are more bytes than are allowed. */
  used(key: EntryKey): void;
  /** Removes an entry. What cannot be removed stays. */
  drop(key: EntryKey): Promise<void>;
  /** Ends what is under way. Idempotent. */
  close(): Promise<void>;
}
