import type { EntryKey } from '../model/key.ts';

/** What a job relies on while it is not ended, and right after. */
export interface Reliance extends EntryKey {
  readonly job_id: string;
  /** The input, where the broker keeps it. */
  readonly input: string | null;
}

/** What jobs rely on at one moment: predicted keys, where those lead, and results. */
export interface Reliances {
  readonly of: readonly Reliance[];
  /** Names the moment, for `whileStill`. */
  readonly upTo: number;
}

/** A result that a track had, or has. */
export interface TrackResult extends EntryKey {
  readonly track_id: string;
  /** 1 for the latest. */
  readonly rank: number;
  /** ISO 8601: when newer ones had taken all the `keepLast` places; null where it holds one of them. */
  readonly left_at: string | null;
}

/** Which ended jobs go; times are ISO 8601. */
export interface TrimRule {
  /** As many ended jobs stay at most. */
  readonly keep: number;
  /** What ended before this goes, however few there are. */
  readonly before: string;
  /** What ended after this stays, however many there are: someone may be waiting for it. */
  readonly settled: string;
  /** Counts, and removes nothing. */
  readonly dryRun: boolean;
}

/** Where a sweep that works by portions stands; `start` for the first call, opaque after. */
export interface SweepPosition {
  readonly after: string;
  /** Dropped so far. */
  readonly dropped: number;
}

export const start: SweepPosition = { after: '', dropped: 0 };

/** Whether entries are gone, in the order of the keys. Asked while nothing is held. */
export type AreGone = (entries: readonly EntryKey[]) => Promise<readonly boolean[]>;

/** What one portion came to. */
export interface Swept {
  readonly dropped: number;
  /** Where to go on; undefined at the end. */
  readonly next: SweepPosition | undefined;
}

/**
 * What a garbage collection needs of a job store. Everything here works by portions of some milliseconds, so
 * that processes beside it submit, claim and settle as if it were not there. Part of JobStore's contract suite.
 */
export interface JobCollection {
  /** Of all pending and running jobs. */
  reliances(): Promise<Reliances>;

  /**
   * Calls `work` while no process can accept, claim or end a job; gives it what is relied on by the jobs that
   * were accepted after `upTo`, whatever became of them, and by those that run. A job that is accepted later
   * asks its `stillThere` after `work` has returned. Once, synchronously, and for some milliseconds at most.
   */
  whileStill<T>(upTo: number, work: (arrived: Reliances) => T): Promise<T>;

  /** Every result of every track: tracks in no order, each in one piece, its latest result first; some hundreds at a time. */
  trackResults(keepLast: number): AsyncIterable<readonly TrackResult[]>;

  /** Kept inputs that a job on record may yet need: to run, or to be run again. */
  inputsInUse(): AsyncIterable<readonly string[]>;

  /**
   * One portion: removes ended jobs with their events, the earliest submissions first. Never one that is pending
   * or running. A crash of the machine may bring them back.
   */
  trim(rule: TrimRule, from: SweepPosition): Promise<Swept>;

  /**
   * One portion of the predicted keys that lead elsewhere: drops those whose entry is gone, unless a job of that key runs. An
   * entry that comes back meanwhile may lose what leads to it: then one such job is run once more.
   */
  dropAliases(areGone: AreGone, from: SweepPosition): Promise<Swept>;

  /** One portion of the results of tracks: drops those before `before` (ISO 8601), not among the last `keepLast`, whose entry is gone. */
  dropResults(
    rule: { readonly keepLast: number; readonly before: string },
    areGone: AreGone,
    from: SweepPosition,
  ): Promise<Swept>;

  /** One portion of the remembered digests: drops those whose file is not what it was. */
  dropDigests(
    isStale: (path: string, fingerprint: string) => Promise<boolean>,
    from: SweepPosition,
  ): Promise<Swept>;

  /** Gives some of the space that is free within to the file system; false when there is no more to give. */
  shrink(): Promise<boolean>;
}
