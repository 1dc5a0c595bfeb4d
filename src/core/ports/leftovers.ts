import type { Unreadable } from './entry-inventory.ts';
import type { JobStore } from './job-store.ts';
import type { TellStays } from './trash.ts';
import type { SweptLeftovers } from './workspace.ts';

/**
 * What processes that died left behind. Places are as reports name them: relative to the root, with `/`.
 * Contract suite, also of LogInventory: test/contract/leftovers.ts.
 */
export interface Leftovers {
  /** Staging of attempts that do not run; without a job store all of it, for nobody says that an attempt runs. */
  attempts(store: JobStore | undefined): Promise<readonly string[] | Unreadable>;

  /** Files that no living process is writing. */
  unfinished(): Promise<readonly string[] | Unreadable>;

  /** Removes both. Safe beside running jobs. What cannot be removed is told and passed over. */
  sweep(store: JobStore, tell: TellStays): Promise<SweptLeftovers>;

  /** Whether something is there still. */
  isThere(place: string): Promise<boolean>;

  /** How much was set aside as evidence, notes about it aside, and where it lies, for people. */
  evidence(): Promise<{ readonly count: number; readonly where: string } | Unreadable>;
}

/** Logs of jobs. */
export interface LogInventory {
  /** Ids of the jobs that have a log, in no order, some dozens at a time. */
  ids(): AsyncIterable<readonly string[]>;
  /** False for a log that stays, which is told. One that is gone was removed. */
  remove(job_id: string, tell: TellStays): Promise<boolean>;
}
