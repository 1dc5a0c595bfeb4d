import type { EntryKey } from '../model/key.ts';

/** When a whole entry was last found sound. Times are milliseconds of wall time. */
export interface Checked {
  readonly key: EntryKey;
  /** As the inventory of entries gives it. Another identity means another entry. */
  readonly identity: number;
  readonly at: number;
}

/** When an entry was last handed out. */
export interface Read {
  readonly key: EntryKey;
  readonly at: number;
}

/**
 * Remembers when entries were found sound and when they were read. Both only save work: a ledger may be lost, or replaced by an
 * older one, without harm. Answers about several keys come in the order of the keys.
 * Contract suite: test/contract/ledger.ts.
 */
export interface Ledger {
  /** Whether no entry was ever remembered as checked. */
  isEmpty(): Promise<boolean>;

  /** Undefined for an entry that was not remembered as checked. */
  checked(keys: readonly EntryKey[]): Promise<readonly (Omit<Checked, 'key'> | undefined)[]>;

  /**
   * One page of the entries that were checked before `before`, the longest ago first: the next `limit` after `last`. An entry
   * that is remembered between two pages, at `before` or later, must not appear.
   */
  checkedBefore(
    before: number,
    last: Checked | undefined,
    limit: number,
  ): Promise<readonly Checked[]>;

  /** All of them, or none. */
  rememberChecked(checked: readonly Checked[]): Promise<void>;

  /** For entries that are gone or not sound. Unknown keys are no error. */
  forgetChecked(keys: readonly EntryKey[]): Promise<void>;

  /** Undefined for an entry without recorded reads. */
  lastReads(keys: readonly EntryKey[]): Promise<readonly (number | undefined)[]>;

  /** The latest time of an entry stays, whatever the order of writes. */
  rememberReads(reads: readonly Read[]): Promise<void>;

  /** For entries that are gone. Unknown keys are no error. */
  forgetReads(keys: readonly EntryKey[]): Promise<void>;

  /** Idempotent. */
  close(): Promise<void>;
}

/** The ledger of a root, opened at its first use. Throws queue_unreadable, queue_too_new, root_unwritable, no_space. */
export interface LedgerAccess {
  /** Undefined if the root has none. */
  existing(): Promise<Ledger | undefined>;
  /** Creates the ledger if there is none. Undefined for a tree in which cab never worked; such a tree stays as it is. */
  made(): Promise<Ledger | undefined>;
}
