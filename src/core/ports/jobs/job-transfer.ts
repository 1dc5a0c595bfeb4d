import type { NewJobEvent } from '../../model/job/job-event.ts';
import type { RestingJob } from './birth.ts';

/** What happened to a job, without its number in its job store. */
export type PastEvent = NewJobEvent & { readonly at: string };

/** A job of another job store, and what is kept of it there. */
export interface MovedJob {
  readonly job: RestingJob;
  /** In their order, the first when the job was accepted. */
  readonly events: readonly PastEvent[];
  /** As `NewJob`. A job that is done does not keep it. */
  readonly input?: string | undefined;
}

/**
 * `there`: a job with this id is here already, and stays as it is. `late`: jobs with later ids are here. It is not taken, because
 * ids ascend in the order of jobs.
 */
export type Taken = 'taken' | 'there' | 'late';

/** Moves jobs from one job store to another. Part of JobStore's contract suite. */
export interface JobTransfer {
  /**
   * Takes jobs over as they are elsewhere, in ascending order of their ids. All or none; durable on return. Pending jobs are due
   * at once, for any worker. Adds nothing to the history of tracks; `adopt` does. Later calls of `submit` give greater ids than
   * these. Answers in the order of the jobs.
   */
  take(jobs: readonly MovedJob[]): Promise<readonly Taken[]>;
}
