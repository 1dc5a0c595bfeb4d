import type { CabError } from '../model/errors.ts';
import type { EntryKey } from '../model/key.ts';
import type { PointerFile } from '../model/pointer.ts';
import type { Unreadable } from './entry-inventory.ts';

/** A pointer as garbage collection needs it. */
export type PointedAt =
  | { readonly kind: 'pointer'; readonly key: EntryKey; readonly track_id: string }
  /** `keys`: the keys that it could mean; empty if that is unknown. `file` is its name. */
  | {
      readonly kind: 'unclear';
      readonly file: string;
      readonly keys: readonly EntryKey[];
      readonly error: CabError;
    };

/** A name in the directory of pointers. What has this name may be no pointer. */
export interface PointerName {
  readonly kind: 'file';
  readonly file: string;
}

/** What reading one name gave. */
export type PointerRead =
  | { readonly kind: 'pointer'; readonly pointer: PointerFile }
  /** This is no pointer. `message` says why and does not name the file; `keys` as in PointedAt. */
  | { readonly kind: 'invalid'; readonly message: string; readonly keys: readonly EntryKey[] }
  /** `errno`: such as `EACCES`. */
  | { readonly kind: 'unreadable'; readonly errno: string }
  | { readonly kind: 'gone' };

/**
 * Pointers as they lie in the store, for garbage collection and verify. It lists them by file name, not by track. So it shows a
 * pointer that is damaged or has the name of another track; a PointerStore does not.
 * Contract suite: test/contract/pointer-inventory.ts.
 */
export interface PointerInventory {
  /**
   * The targets of all pointers, in no order, some dozens at a time. Must not leave out a pointer that stands during the whole
   * call.
   * Throws store_unreadable if they cannot be listed to their end.
   */
  targets(): AsyncIterable<readonly PointedAt[]>;

  /** All names, in no order, some dozens at a time. A part that cannot be listed is an item, not an error. */
  files(): AsyncIterable<readonly (PointerName | Unreadable)[]>;

  /** Must not block on anything but a regular file, and must not follow a link. */
  read(file: string): Promise<PointerRead>;

  /** Moves what has this name into quarantine, durably. Returns its place there; undefined if it was gone. */
  setAside(file: string): Promise<string | undefined>;

  /** The place of a pointer, for a person who looks there. */
  where(file: string): string;
}
