import type { CabError } from '../../model/errors.ts';
import type { JobResult, RunningJob } from '../../model/job/job.ts';
import type { LightEntry } from '../made-entry.ts';

/** What another process kept, and did not write through before it ended. */
export interface LeftEntry {
  readonly row: number;
  readonly job_id: string;
  readonly track_id: string | null;
  /** An error if its row is damaged. */
  readonly entry: LightEntry | CabError;
  /** The job, if it is still to be ended. */
  readonly running: RunningJob | undefined;
  /** Whether the machine has been restarted since, so that its files may be anything. */
  readonly isOfOtherBoot: boolean;
}

/** A row whose entry and pointer are flushed. */
export interface Written {
  readonly row: number;
  /** The job that ended with the entry. Null: no note in `trailing` goes with the row. */
  readonly job_id: string | null;
}

/**
 * Results that are durable in the job store, and whose files are not flushed yet. A row is kept with the outcome of its job,
 * before the entry is placed, and dropped when entry and pointer are flushed. Part of JobStore's contract suite.
 */
export interface UnwrittenEntries {
  /**
   * Keeps the entry, which is the outcome of the attempt. Durable on return; the job stays `running`. From now on the job ends as
   * done with this entry, whatever dies. Undefined if the epoch has moved on. May wait `patienceMs` for other writes.
   */
  keep(job: RunningJob, entry: LightEntry, patienceMs?: number): Promise<number | undefined>;

  /**
   * As `JobQueue.settle` with `done`, for a job whose entry is kept. Does not wait for the disk: if a loss of power undoes it, the
   * row ends the job again.
   */
  conclude(job: RunningJob, result: JobResult): Promise<boolean>;

  /** Removes rows, and the notes of their jobs in `trailing`. Durable on return, and with it the ends of their jobs. */
  drop(written: readonly Written[]): Promise<void>;

  /** Whether a dead process left rows. Cheap, so that it can be asked before each claim. */
  isAnyLeft(): Promise<boolean>;

  /** Rows of dead processes, from the first after `after` on. With `all`, also those of living ones whose job has ended. */
  left(after: number, limit: number, all?: boolean): Promise<readonly LeftEntry[]>;

  count(): Promise<number>;

  /** False if the mark of the root names an earlier boot: then rows of that boot are left, and none may be added. */
  isOfThisBoot(): Promise<boolean>;

  /** Says, if no row is left, that the files of the root can be relied on after a restart of the machine. */
  release(): Promise<void>;
}
