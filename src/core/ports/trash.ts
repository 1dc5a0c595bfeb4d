import type { StuckExplained } from '../../support/files/stuck.ts';
import type { EntryKey } from '../model/key.ts';
import type { Reliances } from './retention.ts';

/** An entry that is to go. */
export interface Candidate {
  readonly key: EntryKey;
  /** As the inventory gave it when the entry was decided on. */
  readonly modified: number;
}

/**
 * What became of a candidate: `kept` if something relies on it by now, `gone` if another collection, or nobody, has it.
 * `refused` gives the system's reason, as `EPERM`, for an entry that could not be taken; it stands.
 */
export type Condemnation = 'taken' | 'kept' | 'gone' | { readonly refused: string };

export interface Condemned {
  /** Of the first candidates, in their order; at least one. */
  readonly outcomes: readonly Condemnation[];
  /** What arrived since the moment that the caller named. */
  readonly arrived: Reliances;
}

/** What one collection took. */
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
}

/**
 * Entries that were taken away and can come back, as one collection works with them. An entry is in its place or in the
 * trash, whole, wherever a crash comes. What cannot be moved or deleted stays where it is, is told, and keeps nothing else.
 * Contract suite: test/contract/trash.ts.
 */
export interface Trash {
  /**
   * Takes the first of the candidates, as many as a moment allows in which nobody else has to wait. Must refuse an entry
   *
   *   that a job relies on which was accepted after `upTo`, whatever became of it, or which runs
   *   that is pinned
   *   that was published or relied on since it was decided on: its time is another
   *
   * and whoever accepts a job after this must find a taken entry gone. Throws no_space, root_unwritable, io_error if no
   * other entry would fare better.
   */
  condemn(candidates: readonly Candidate[], upTo: number): Promise<Condemned>;

  /** Brings back what this collection took. False if it is not there, an entry stands in its place, or it cannot be moved. */
  absolve(key: EntryKey): Promise<boolean>;

  /** Of all collections, in no order, without those that were doomed. */
  hauls(): Promise<readonly Haul[]>;

  /** Some dozens at a time. */
  entriesOf(haul: Haul): AsyncIterable<readonly EntryKey[]>;

  /** Brings back what that collection took. False as for `absolve`. */
  putBack(haul: Haul, key: EntryKey): Promise<boolean>;

  /** For a haul from a time that lies ahead of the clock: its grace begins now. */
  restamp(haul: Haul): Promise<void>;

  /** From here on nothing of it comes back, also after a crash. */
  doom(haul: Haul): Promise<void>;

  /** Everything in quarantine, in no order. */
  evidence(): Promise<readonly Evidence[]>;

  /** Dooms a piece of evidence. False if it stays. */
  discard(evidence: Evidence): Promise<boolean>;

  /** Deletes what was doomed, by this collection or by one that was killed; gives how many files, portion by portion. */
  empty(): AsyncIterable<number>;
}

export interface Collection {
  /** When it began, in milliseconds of wall time. */
  readonly now: number;
  readonly tell: TellStays;
}

/** Takes note of something that cannot be moved or removed. Must not throw. */
export type TellStays = (stays: StuckExplained) => void;

/** Brings back single entries, outside of a collection. */
export interface Restorer {
  /** Whether what some collection took of this entry is still there. */
  has(key: EntryKey): Promise<boolean>;

  /**
   * Brings back what was taken last of this entry, durably. `stands`: an entry is in its place, which is left as it is.
   * `gone`: neither place nor trash has it. Throws root_unwritable, no_space, io_error.
   */
  restore(key: EntryKey): Promise<'restored' | 'stands' | 'gone'>;

  /**
   * Whether the entry stands, or was brought back, in a moment in which no collection can take it. For an entry that was
   * just pinned: a collection that had decided on it before has taken it by then, or finds the pin. Throws as `restore`.
   */
  keep(key: EntryKey): Promise<boolean>;
}
