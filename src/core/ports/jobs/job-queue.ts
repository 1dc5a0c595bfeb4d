import type {
  Job,
  JobFailure,
  JobResult,
  JobSpec,
  Owner,
  RunningJob,
} from '../../model/job/job.ts';
import type { Moment } from './retention.ts';

export interface NewJob {
  readonly spec: JobSpec;
  readonly priority: number;
  readonly max_attempts: number;
  /** The process that will run the job; null if any worker of the queue may run it. */
  readonly submitter: Owner | null;
  /** Set if the entry already stands: the job is created `done`, cached. */
  readonly hit: JobResult | null;
  /** Set if the content of the job cannot succeed: the job is created `error`, without an attempt. */
  readonly refusal?: JobFailure | undefined;
  /**
   * What `moment` gave before the caller looked for anything that the job relies on: the entry of a hit, a kept input.
   * Undefined if it looked for nothing.
   */
  readonly lookedSince?: Moment | undefined;
  /** The input itself, if it was sent and is in no file yet. Kept until the job is done. */
  readonly input?: string | undefined;
}

/**
 * Garbage collection condemned something that the caller relies on, and may have removed it since the caller looked, or is
 * removing it now. Nothing was written, and the caller must look again.
 */
export class NoLongerThere extends Error {}

/** Which pending jobs a worker takes. */
export interface ClaimScope {
  readonly owner: Owner;
  /**
   * `all`: every job. `own`: jobs that it submitted itself. `adopt`: first its own, then jobs whose submitter is dead and jobs
   * without a submitter (`--enqueue`).
   */
  readonly reach: 'all' | 'own' | 'adopt';
  /** Names of embedded runner objects (`object:NAME`) that this worker holds. It skips jobs that need another object. */
  readonly objects: readonly string[];
  /** What this worker has (`JobSpec.needs`). It leaves jobs that need more to others. */
  readonly labels?: readonly string[];
  /** Runners that this machine does not have (`JobSpec.runner`). It leaves jobs that need one to others. */
  readonly without?: readonly string[];
  /** Milliseconds of the monotonic clock, from the claim. */
  readonly lease_ms: number;
  /** How many jobs of a kind (`JobSpec.kind`) a claim may take. A kind that is not in it has no limit. */
  readonly room?: ReadonlyMap<string, number>;
}

/** How an attempt ended. */
export type Settlement =
  | { readonly state: 'done'; readonly result: JobResult; readonly cached: boolean }
  | { readonly state: 'error'; readonly failure: JobFailure; readonly event: 'failed' | 'timeout' }
  | { readonly state: 'canceled' }
  /**
   * Back to pending, due after `delay_ms`. `isOutside`: counts as a crash, as the death of a worker does, not as an attempt.
   */
  | {
      readonly state: 'retry';
      readonly failure: JobFailure;
      readonly delay_ms: number;
      readonly isOutside?: boolean;
    }
  /** Back to pending, as if it had not been claimed. Used at shut-down. */
  | { readonly state: 'release' };

export type Heartbeat = 'held' | 'cancel' | 'lost';

/**
 * The durable queue: takes jobs in, hands them out, and ends them. Part of JobStore's contract suite.
 */
export interface JobQueue {
  /**
   * Accepts all jobs or none. On return every job is on disk and survives a crash of the machine. Ids ascend strictly over all
   * calls of all processes, even if the wall clock jumps back.
   * Throws NoLongerThere if what a job relies on (its key, the key to which that leads, its hit, its kept input) was condemned
   * after `lookedSince`, or is condemned and not yet released.
   */
  submit(jobs: readonly NewJob[]): Promise<readonly Job[]>;

  /**
   * Takes up to `limit` due jobs: higher priority first, then order of submission. Raises the epoch of each. While a running
   * job of any process has a key, other jobs with that key are skipped; `reap` ends the running jobs of dead workers. A job
   * whose record is damaged ends in error and keeps its record; it does not block other jobs. Must not slow with the number of
   * ended jobs.
   */
  claim(scope: ClaimScope, limit: number): Promise<readonly RunningJob[]>;

  /** Milliseconds until the next pending job of this scope is due; 0 if one is due or waits for its key; undefined if none. */
  nextDue(scope: ClaimScope): Promise<number | undefined>;

  /**
   * Renews the lease. `lost`: the epoch has moved on or the job has ended, and the worker must stop without publishing.
   * `cancel`: the worker still owns the job, and its cancellation was requested.
   */
  heartbeat(job: RunningJob, lease_ms: number): Promise<Heartbeat>;

  /**
   * Ends an attempt in one transaction, durable on return. Returns false and changes nothing if the epoch has moved on. `done`
   * with a track extends the track's history and adds the job to `trailing`, in the same transaction. `retry` and `release`
   * become `canceled` if cancellation was requested. May wait `patienceMs` for other writes, to share their commit.
   */
  settle(job: RunningJob, settlement: Settlement, patienceMs?: number): Promise<boolean>;

  /**
   * Releases running jobs whose owner is dead, and returns the released and ended jobs as they were while running, in no order.
   * A dead owner on this machine is noticed at once, another one after its lease has run out. An owner that lives but let its
   * lease run out counts as dead. The third death ends a job as `error: crashed`. If cancellation was requested, the job ends as
   * canceled. A pending or released job for `objectOfSubmitter` ends as canceled, too, if its submitter is dead: no other process
   * can run it.
   */
  reap(): Promise<readonly RunningJob[]>;

  /**
   * A pending job becomes canceled. A running job is marked, and its worker sees that at the next heartbeat. An ended job is
   * left as it is. Returns the job as it is then, or undefined.
   */
  cancel(id: string): Promise<Job | undefined>;
  /** The running jobs, of all processes, whose cancellation was requested. */
  canceling(): Promise<readonly Pick<RunningJob, 'id' | 'epoch'>[]>;
}
