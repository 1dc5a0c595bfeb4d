import type { EntryKey } from '../model/key.ts';

/**
 * Keeps the keys of entries that no garbage collection may remove. A pin survives the loss of the job store.
 * Contract suite: test/contract/pin-store.ts.
 */
export interface PinStore {
  /** Must give the current state: garbage collection asks right before it takes an entry. */
  has(key: EntryKey): Promise<boolean>;

  /** Durable on return. False if it was pinned already. Throws root_unwritable, no_space, io_error. */
  add(key: EntryKey): Promise<boolean>;

  /** Works for an entry that is gone, too. False if it was not pinned. Throws root_unwritable, io_error. */
  remove(key: EntryKey): Promise<boolean>;

  /**
   * All pins, sorted by key. Must throw if a part of them cannot be read: garbage collection could remove an entry whose pin is
   * left out.
   */
  list(): Promise<readonly EntryKey[]>;
}
