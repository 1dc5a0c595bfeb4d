import type { Job, JobCounts, JobState } from '../../model/job/job.ts';
import type { JobEvent, NewJobEvent } from '../../model/job/job-event.ts';
import type { JobOutline } from '../../model/job/job-outline.ts';
import type { EntryKey } from '../../model/entry/key.ts';

export interface JobFilter {
  readonly states?: readonly JobState[];
  readonly track_id?: string;
  /** At most this many; newest first. */
  readonly limit: number;
  /** Only jobs before this id. */
  readonly before?: string;
  /** Only jobs with this id or a later one. */
  readonly from?: string;
}

/** What is known of jobs in every state, and what happened to them. Part of JobStore's contract suite. */
export interface JobRecords {
  get(id: string): Promise<Job | undefined>;
  /** The `input` that the job was accepted with; undefined if it had none, or if the job is done. */
  input(id: string): Promise<string | undefined>;
  list(filter: JobFilter): Promise<readonly Job[]>;
  /**
   * As `list`, of each job what searches and counts need. Must take some milliseconds for a thousand jobs, and must not slow
   * with the number of jobs outside the filter.
   */
  outlines(filter: JobFilter): Promise<readonly JobOutline[]>;
  /** Must not slow with the number of ended jobs. */
  counts(): Promise<JobCounts>;

  /** Jobs that ended `done` at one of these entries, the latest first. Looks at every job, so it is only for repairs. */
  endedAt(entries: readonly EntryKey[], limit: number): Promise<readonly Job[]>;

  /**
   * Appends to the events of a job; not necessarily durable on return. Throws not_found. The store records its own events in
   * the transaction that causes them: submitted, started, retrying, done, failed, timeout, canceled.
   */
  record(job_id: string, event: NewJobEvent): Promise<void>;
  /**
   * Events after `after`, of one job or of all, in order. An event that becomes visible later never has a smaller `seq` than
   * one that was read before, whichever process wrote it. So a reader that continues after the last event it read misses none.
   */
  events(after: number, limit: number, job_id?: string): Promise<readonly JobEvent[]>;

  /** The greatest `seq` given out so far; 0 if there is none. */
  lastEvent(): Promise<number>;

  /**
   * Calls the listener soon (tens of milliseconds) after any process commits a change. Calls without a change are allowed; a
   * change without a call is not. Returns the function that ends it.
   */
  onChange(listener: () => void): () => void;
}
