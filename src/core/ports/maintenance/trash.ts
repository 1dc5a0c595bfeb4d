import type { StuckExplained } from '../../../support/files/stuck.ts';
import type { EntryKey } from '../../model/entry/key.ts';

/** An entry that garbage collection is about to remove. */
export interface Candidate {
  readonly key: EntryKey;
  /** As the inventory gave it when garbage collection decided on the entry. */
  readonly modified: number;
}

/**
 * The result for one candidate. `kept`: something needs it by now. `gone`: another garbage collection took it, or it is not
 * there. `refused`: the entry could not be moved and stands; it gives the system's reason, such as `EPERM`.
 */
export type Taking = 'taken' | 'kept' | 'gone' | { readonly refused: string };

/** What one garbage collection took. */
export interface Haul {
  readonly id: string;
  /** When, in milliseconds of wall time. */
  readonly at: number;
}

/** Something in quarantine. */
export interface Evidence {
  readonly id: string;
  /** When it was set aside, in milliseconds of wall time; undefined if its name does not tell. */
  readonly at: number | undefined;
  /** True if it only describes the evidence beside it. */
  readonly isNote: boolean;
}

/**
 * The trash holds entries that were taken away and can come back, as one garbage collection uses it. After a crash at any
 * moment an entry is whole, in its place or in the trash. What cannot be moved or deleted stays where it is, is reported, and
 * does not block other entries.
 * Contract suite: test/contract/trash.ts.
 */
export interface Trash {
  /**
   * Takes an entry that the caller condemned (`JobCollection.condemn`). `kept` if it is pinned, or was published or relied on
   * since the decision: its time has changed. Throws no_space, root_unwritable, io_error if every other entry would fail for
   * the same reason.
   */
  take(candidate: Candidate): Promise<Taking>;

  /** Brings back what this garbage collection took. False if it is not there, its place is taken, or it cannot be moved. */
  absolve(key: EntryKey): Promise<boolean>;

  /** What all garbage collections took, in no order, without doomed hauls. */
  hauls(): Promise<readonly Haul[]>;

  /** The entries of a haul, some dozens at a time. */
  entriesOf(haul: Haul): AsyncIterable<readonly EntryKey[]>;

  /** Brings back an entry that another garbage collection took. False as for `absolve`. */
  putBack(haul: Haul, key: EntryKey): Promise<boolean>;

  /** Starts the grace now, for a haul whose time is ahead of the clock. */
  restamp(haul: Haul): Promise<void>;

  /** Marks the haul for deletion. Nothing of it comes back afterwards, even after a crash. */
  doom(haul: Haul): Promise<void>;

  /** Everything in quarantine, in no order. */
  evidence(): Promise<readonly Evidence[]>;

  /** Dooms a piece of evidence. False if it stays. */
  discard(evidence: Evidence): Promise<boolean>;

  /** Deletes what this or a killed garbage collection doomed. Yields the number of files, portion by portion. */
  empty(): AsyncIterable<number>;
}

export interface Collection {
  /** When it began, in milliseconds of wall time. */
  readonly now: number;
  readonly tell: TellStays;
}

/** Reports something that cannot be moved or removed. Must not throw. */
export type TellStays = (stays: StuckExplained) => void;

/** Brings back single entries, outside of a garbage collection. */
export interface Restorer {
  /** Whether any trash still holds this entry. */
  has(key: EntryKey): Promise<boolean>;

  /**
   * Brings back the copy of this entry that was taken last, durably. `stands`: an entry is in its place, which is left as it
   * is. `gone`: neither the place nor the trash has it. Throws root_unwritable, no_space, io_error.
   */
  restore(key: EntryKey): Promise<'restored' | 'stands' | 'gone'>;
}
