import type { CabError } from '../model/errors.ts';
import type { EntryKey } from '../model/key.ts';
import type { PointerFile } from '../model/pointer.ts';
import type { Unreadable } from './entry-inventory.ts';

/** A pointer as a collection needs it. */
export type PointedAt =
  | { readonly kind: 'pointer'; readonly key: EntryKey; readonly track_id: string }
  /** `keys`: what it could mean; empty if nothing can be told. `file` is its name. */
  | {
      readonly kind: 'unclear';
      readonly file: string;
      readonly keys: readonly EntryKey[];
      readonly error: CabError;
    };

/** A name among the pointers; it may be no pointer's. */
export interface PointerName {
  readonly kind: 'file';
  readonly file: string;
}

/** What stands under a name. */
export type PointerRead =
  | { readonly kind: 'pointer'; readonly pointer: PointerFile }
  /** What is there is no pointer. `message` says why, and does not name the file; `keys` as in PointedAt. */
  | { readonly kind: 'invalid'; readonly message: string; readonly keys: readonly EntryKey[] }
  /** `errno` as `EACCES`. */
  | { readonly kind: 'unreadable'; readonly errno: string }
  | { readonly kind: 'gone' };

/**
 * Pointers as they lie in the store, for garbage collection and verify, by name and not by track: a pointer that is damaged,
 * or has the name of another track, is seen here and not through a PointerStore.
 * Contract suite: test/contract/pointer-inventory.ts.
 */
export interface PointerInventory {
  /**
   * What all pointers lead to, in no order, some dozens at a time. Must leave none out that stands all the time.
   * Throws store_unreadable if they cannot be listed to their end.
   */
  targets(): AsyncIterable<readonly PointedAt[]>;

  /** All names, in no order, some dozens at a time. What cannot be listed is an item, not an error. */
  files(): AsyncIterable<readonly (PointerName | Unreadable)[]>;

  /** Must not wait for what is no regular file, nor follow it elsewhere. */
  read(file: string): Promise<PointerRead>;

  /** Takes what stands under a name into quarantine, durably, and gives its place there; undefined if it was gone. */
  setAside(file: string): Promise<string | undefined>;

  /** The place of a pointer, for a person who is to look there. */
  where(file: string): string;
}
