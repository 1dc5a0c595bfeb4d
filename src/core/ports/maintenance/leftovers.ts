import type { Unreadable } from './entry-inventory.ts';
import type { JobStore } from '../jobs/job-store.ts';
import type { TellStays } from './trash.ts';
import type { SweptLeftovers } from '../workspace.ts';

/**
 * What dead processes left behind. Places are as reports name them: relative to the root, with `/`.
 * Contract suite, also of LogInventory: test/contract/leftovers.ts.
 */
export interface Leftovers {
  /** Staging directories of attempts that do not run. Without a job store: all of them, because nothing says that one runs. */
  attempts(store: JobStore | undefined): Promise<readonly string[] | Unreadable>;

  /** Files that no living process is writing. */
  unfinished(): Promise<readonly string[] | Unreadable>;

  /** Removes both kinds. Safe while jobs run. What cannot be removed is reported and skipped. */
  sweep(store: JobStore, tell: TellStays): Promise<SweptLeftovers>;

  /** Whether something is still at the place. */
  isThere(place: string): Promise<boolean>;

  /** How much is in quarantine, not counting notes, and its place for people. */
  evidence(): Promise<{ readonly count: number; readonly where: string } | Unreadable>;
}

/** Logs of jobs. */
export interface LogInventory {
  /** Ids of the jobs that have a log, in no order, some dozens at a time. */
  ids(): AsyncIterable<readonly string[]>;
  /** Returns false if the log cannot be removed; that is reported. A log that is already gone counts as removed. */
  remove(job_id: string, tell: TellStays): Promise<boolean>;
}
