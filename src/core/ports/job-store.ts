/** The port of the job store: the durable queue, and the histories of jobs and tracks. */
import type {
  Job,
  JobCounts,
  JobFailure,
  JobResult,
  JobSpec,
  JobState,
  Owner,
  RunningJob,
} from '../model/job/job.ts';
import type { JobEvent, NewJobEvent } from '../model/job/job-event.ts';
import type { DigestMemory } from '../model/request/digest-memory.ts';
import type { EntryKey } from '../model/entry/key.ts';
import type { JobOutline } from '../model/job/job-outline.ts';
import type { TrackStep } from '../model/entry/pointer.ts';
import type { JobCollection, Moment } from './retention.ts';

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

/** A pointer record. A record without a job's id is the latest of its track. */
export type KnownPointer = Omit<TrackStep, 'job_id'> & { readonly job_id: string | null };

/** A track whose pointer was not looked at since this job of the track was done. */
export interface TrailingTrack {
  readonly job_id: string;
  readonly track_id: string;
}

/**
 * The durable queue. Many processes may hold one at once. All methods are asynchronous, so that a database server can implement
 * it. Contract suite: test/contract/job-store.ts.
 */
export interface JobStore extends JobCollection, DigestMemory {
  /** True if it is a read-only copy: it shows the jobs as they were when it was opened, and takes none. */
  readonly isCopy: boolean;

  /** Throws as `submit` would if no job could be accepted now. Writes nothing. */
  assertWritable(): Promise<void>;

  /**
   * Throws root_moved if the store was moved away, removed or replaced: a process that opens it now would not find what is
   * written here. Cheap, so that it can be asked before each job. `submit` and `claim` ask it themselves.
   */
  assertInPlace(): Promise<void>;

  /**
   * Accepts all jobs or none. On return every job is on disk and survives a crash of the machine. Ids ascend strictly over all
   * calls of all processes, even if the wall clock jumps back.
   * Throws NoLongerThere if what a job relies on (its key, the key to which that leads, its hit, its kept input) was condemned
   * after `lookedSince`, or is condemned and not yet released.
   */
  submit(jobs: readonly NewJob[]): Promise<readonly Job[]>;

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

  /** Pointer records of a track, the latest submission first. */
  history(track_id: string, limit: number): Promise<readonly TrackStep[]>;

  /** Forgets the pointer records of a track, durably, and that its pointer is to be looked at. Jobs of it that end later begin new ones. */
  forgetTrack(track_id: string): Promise<void>;

  /**
   * Adds pointer records that are known from elsewhere, for example from manifests of entries. Existing records are kept. A
   * record without an id gets a fresh id and comes before all others. Durable on return; all or none.
   */
  adopt(pointers: readonly KnownPointer[]): Promise<void>;

  /**
   * Jobs that are done and that `caughtUp` was not called for since, in no order. Includes jobs that were done at submission.
   * Their process is about to look at the track's pointer, or died before it did.
   */
  trailing(): Promise<readonly TrailingTrack[]>;
  /** Says that the pointers of these jobs' tracks were looked at after their end. May be lost in a crash; never throws. */
  caughtUp(job_ids: readonly string[]): void;

  /** The key to which a predicted key leads; undefined if it leads to itself. */
  alias(key: EntryKey): Promise<EntryKey | undefined>;
  /** Throws NoLongerThere while `actual` is condemned and not yet released. */
  remember(predicted: EntryKey, actual: EntryKey): Promise<void>;

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

  /** What is wrong with the store itself, in a few lines at most; empty if it is sound. May take long. */
  check(): Promise<readonly string[]>;

  /** Jobs that ended `done` at one of these entries, the latest first. Looks at every job, so it is only for repairs. */
  endedAt(entries: readonly EntryKey[], limit: number): Promise<readonly Job[]>;

  /** The greatest `seq` given out so far; 0 if there is none. */
  lastEvent(): Promise<number>;

  /**
   * Calls the listener soon (tens of milliseconds) after any process commits a change. Calls without a change are allowed; a
   * change without a call is not. Returns the function that ends it.
   */
  onChange(listener: () => void): () => void;

  /** Idempotent. */
  close(): Promise<void>;
}
