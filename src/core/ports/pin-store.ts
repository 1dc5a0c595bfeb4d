import type { EntryKey } from '../model/key.ts';

/**
 * Keeps the keys of entries that no collection may take. A pin outlives a job store that is lost.
 * Contract suite: test/contract/pin-store.ts.
 */
export interface PinStore {
  /** Must give what stands now: a collection asks right before it takes an entry. */
  has(key: EntryKey): Promise<boolean>;

  /** Durable on return. False if it was pinned already. Throws root_unwritable, no_space, io_error. */
  add(key: EntryKey): Promise<boolean>;

  /** Also for an entry that is gone. False if it was not pinned. Throws root_unwritable, io_error. */
  remove(key: EntryKey): Promise<boolean>;

  /** All pins, sorted by key. Must throw if a part of them cannot be read: what is left out could be collected. */
  list(): Promise<readonly EntryKey[]>;
}
