import type { EntryKey } from '../model/key.ts';
import type { FoundEntry } from './entry-store.ts';

/** A part of the store that could not be listed, or not to its end. */
export interface Unreadable {
  readonly kind: 'unreadable';
  /** As reports name it: relative to the root, with `/`. */
  readonly place: string;
  /** The same place, for a person who looks there. */
  readonly where: string;
  /** Such as `EACCES`. */
  readonly errno: string;
}

/** One item found among the entries. */
export type Place =
  /** A place where an entry belongs. What it contains was not looked at. */
  | { readonly kind: 'entry'; readonly key: EntryKey }
  /** No entry can stand here. `place` is as reports name it. */
  | { readonly kind: 'stray'; readonly place: string }
  | Unreadable;

/**
 * What garbage collection and verify need to know about entries. Answers about several keys come in the order of the keys.
 * Contract suite: test/contract/entry-inventory.ts.
 */
export interface EntryInventory {
  /**
   * All places, in no order, some dozens at a time. Must use little memory for any number of entries. A place that appears or
   * disappears during the listing may be listed or not. A part that cannot be listed is an item, not an error.
   */
  places(): AsyncIterable<readonly Place[]>;

  /** About how many entries there are, for a progress bar; undefined if the number is expensive to find. */
  expected(): Promise<number | undefined>;

  /**
   * When each entry was published, or when a job last relied on it, in milliseconds of wall time; undefined for an entry that
   * is gone. Must change each time a job claims the entry.
   */
  modified(keys: readonly EntryKey[]): Promise<readonly (number | undefined)[]>;

  /** Bytes of everything in each entry. A file that vanishes during the call counts as 0. Throws store_unreadable. */
  sizes(keys: readonly EntryKey[]): Promise<readonly number[]>;

  /** A number that differs if another entry takes the place; undefined for an entry that cannot be seen. */
  identities(keys: readonly EntryKey[]): Promise<readonly (number | undefined)[]>;

  /** As `EntryStore.locate`, for a key that `places` or a pointer gave. */
  locate(key: EntryKey): Promise<FoundEntry | undefined>;

  /** Whether something stands in the place of each entry. */
  holds(keys: readonly EntryKey[]): Promise<readonly boolean[]>;

  /**
   * Removes what removed entries left behind, such as empty directories, and yields how many, portion by portion. Safe while
   * others publish. What cannot be removed does no harm and stays.
   */
  removeEmpty(): AsyncIterable<number>;
}
