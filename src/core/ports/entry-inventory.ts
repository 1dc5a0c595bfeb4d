import type { EntryKey } from '../model/key.ts';
import type { FoundEntry } from './entry-store.ts';

/** A part of the store that could not be listed, or not to its end. */
export interface Unreadable {
  readonly kind: 'unreadable';
  /** As reports name it: relative to the root, with `/`. */
  readonly place: string;
  /** For a person who is to look there. */
  readonly where: string;
  /** As `EACCES`. */
  readonly errno: string;
}

/** What lies among the entries. */
export type Place =
  /** A place where an entry belongs; says nothing of what is in it. */
  | { readonly kind: 'entry'; readonly key: EntryKey }
  /** No entry can stand here. `place` is as reports name it. */
  | { readonly kind: 'stray'; readonly place: string }
  | Unreadable;

/**
 * What garbage collection and verify look at. Answers about several keys come in the order of the keys.
 * Contract suite: test/contract/entry-inventory.ts.
 */
export interface EntryInventory {
  /**
   * All places, in no order, some dozens at a time. Must take little memory, whatever the number of entries. What comes or
   * goes meanwhile may be listed or not. What cannot be listed is an item, not an error.
   */
  places(): AsyncIterable<readonly Place[]>;

  /** About how many entries there are, for a progress bar; undefined if that is not cheap to tell. */
  expected(): Promise<number | undefined>;

  /**
   * When each entry was published, or a job last relied on it, in milliseconds of wall time; undefined for one that is gone.
   * The time of an entry that a job claims must change.
   */
  modified(keys: readonly EntryKey[]): Promise<readonly (number | undefined)[]>;

  /** Bytes of all that is in each entry; what vanishes meanwhile counts for nothing. Throws store_unreadable. */
  sizes(keys: readonly EntryKey[]): Promise<readonly number[]>;

  /** A number that tells each entry from another one that takes its place; undefined for one that cannot be seen. */
  identities(keys: readonly EntryKey[]): Promise<readonly (number | undefined)[]>;

  /** As `EntryStore.locate`, for a key that `places` or a pointer gave. */
  locate(key: EntryKey): Promise<FoundEntry | undefined>;

  /** Whether something stands in the place of each entry. */
  holds(keys: readonly EntryKey[]): Promise<readonly boolean[]>;

  /**
   * Removes what entries that went have left behind, as empty directories, and gives how many, portion by portion. Safe
   * beside publishers. What cannot be removed does no harm and stays.
   */
  removeEmpty(): AsyncIterable<number>;
}
