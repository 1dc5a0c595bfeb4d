import type { EntryKey } from '../../model/entry/key.ts';
import type { Removable } from '../../model/entry/removable.ts';

/** What a job relies on until shortly after it ends. */
export interface Reliance extends EntryKey {
  readonly job_id: string;
  /** The input and the database, if the broker keeps them. */
  readonly kept: readonly string[];
}

/** What jobs rely on at one moment: predicted keys, the keys to which those lead, and results. */
export interface Reliances {
  readonly of: readonly Reliance[];
  /** Identifies the moment, for `condemn`. */
  readonly upTo: number;
}

/** A moment in the order of condemnations. A later one is never smaller. */
export type Moment = number;

export interface Condemned {
  /** In the order of the question. False: something relies on it, or another garbage collection condemned it. */
  readonly condemned: readonly boolean[];
  /** What jobs rely on since the moment that the caller named. */
  readonly arrived: Reliances;
}

/** A result that a track had or has. */
export interface TrackResult extends EntryKey {
  readonly track_id: string;
  /** 1 for the latest. */
  readonly rank: number;
  /** ISO 8601: when newer results had filled all `keepLast` places; null if this result still has one of them. */
  readonly left_at: string | null;
}

/** Milliseconds for which a condemnation holds at most. Much longer than a removal takes, because nothing else guards it. */
export const condemnedMs = 120_000;

/** Which ended jobs are removed. Times are ISO 8601. */
export interface TrimRule {
  /** At most this many ended jobs stay. */
  readonly keep: number;
  /** A job that ended before this is removed, however few there are. */
  readonly before: string;
  /** A job that ended after this stays, however many there are: someone may be waiting for it. */
  readonly settled: string;
  /** Counts, and removes nothing. */
  readonly dryRun: boolean;
}

/** The position of a sweep between two portions: `start` for the first call, opaque after that. */
export interface SweepPosition {
  readonly after: string;
  /** Dropped so far. */
  readonly dropped: number;
}

export const start: SweepPosition = { after: '', dropped: 0 };

/** Whether entries are gone, in the order of the keys. Called while no lock is held. */
export type AreGone = (entries: readonly EntryKey[]) => Promise<readonly boolean[]>;

/** The result of one portion. */
export interface Swept {
  readonly dropped: number;
  /** Where the next portion starts; undefined at the end. */
  readonly next: SweepPosition | undefined;
}

/**
 * What garbage collection needs of a job store. Every method works in portions of some milliseconds, so that other processes
 * can submit, claim and settle meanwhile. Part of JobStore's contract suite.
 */
export interface JobCollection {
  /** What all pending and running jobs rely on. */
  reliances(): Promise<Reliances>;

  /**
   * Condemns, in one transaction, what garbage collection is about to remove. Refuses what a running job relies on, and what a
   * job relies on that was accepted after `upTo`, even if it has ended. From then on, until `release`, nobody can begin to rely
   * on what is condemned (NoLongerThere). So the removal itself needs no lock. Must be released within `condemnedMs`; a
   * condemnation that is older, or whose process is dead, counts as released.
   */
  condemn(what: readonly Removable[], upTo: number): Promise<Condemned>;

  /** Says that the removal is over: what was condemned is gone, or stays. */
  release(what: readonly Removable[]): Promise<void>;

  /** The latest moment. */
  moment(): Promise<Moment>;

  /** Whether this is condemned and not yet released. */
  isCondemned(what: Removable): Promise<boolean>;

  /**
   * Forgets condemnations that were released. After that, `submit` refuses each job whose `lookedSince` is older than one of them.
   * May be called at any time.
   */
  forgetReleased(): Promise<void>;

  /** All results, some hundreds at a time. Tracks are in no order; a track's results are adjacent, the latest first. */
  trackResults(keepLast: number): AsyncIterable<readonly TrackResult[]>;

  /** Kept inputs and databases that a recorded job may still need: to run, or to run again. */
  inputsInUse(): AsyncIterable<readonly string[]>;

  /**
   * One portion: removes ended jobs with their events, the earliest submissions first. Never removes a pending or running job.
   * A crash of the machine may bring removed jobs back.
   */
  trim(rule: TrimRule, from: SweepPosition): Promise<Swept>;

  /**
   * One portion: drops predicted keys that lead elsewhere if their entry is gone, unless a job of that key runs. If the entry
   * comes back at the same time, its predicted key may be lost; then one such job runs once more.
   */
  dropAliases(areGone: AreGone, from: SweepPosition): Promise<Swept>;

  /** One portion: drops results from before `before` (ISO 8601) whose entry is gone, except the last `keepLast` of a track. */
  dropResults(
    rule: { readonly keepLast: number; readonly before: string },
    areGone: AreGone,
    from: SweepPosition,
  ): Promise<Swept>;

  /** One portion: drops remembered digests whose file has changed. */
  dropDigests(
    isStale: (path: string, fingerprint: string) => Promise<boolean>,
    from: SweepPosition,
  ): Promise<Swept>;

  /** Gives some of the unused space inside the store to the file system. False if there is no more to give. */
  shrink(): Promise<boolean>;
}
