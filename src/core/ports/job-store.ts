import type {
  Json,
  Job,
  JobCounts,
  JobEvent,
  JobEventType,
  JobFailure,
  JobResult,
  JobSpec,
  JobState,
  Owner,
  RunningJob,
} from '../model/job.ts';
import type { EntryKey } from '../model/key.ts';
import type { TrackStep } from '../model/pointer.ts';
import type { JobCollection } from './retention.ts';

export interface NewJob {
  readonly spec: JobSpec;
  readonly priority: number;
  readonly max_attempts: number;
  /** The process that will run it, or null where any worker of the whole queue may. */
  readonly submitter: Owner | null;
  /** Set where the entry stands already: the job is born `done`, cached. */
  readonly hit: JobResult | null;
  /** Set if its content cannot succeed: the job is born `error`, and no attempt is made. */
  readonly refusal?: JobFailure | undefined;
  /**
   * Asked within the transaction that accepts the job: whether what the caller found (the entry of a hit, an input
   * that is kept) still stands, now that no collection can take it away. Synchronous, and a matter of microseconds.
   */
  readonly stillThere?: () => boolean;
  /** The input itself, where it was sent and lies in no file yet; kept until the job is done. */
  readonly input?: string | undefined;
}

/** A `stillThere` said no: nothing was accepted, and the caller must look again. */
export class NoLongerThere extends Error {}

/** Which pending jobs a worker takes. */
export interface ClaimScope {
  readonly owner: Owner;
  /**
   * `all`: every job. `own`: those it submitted itself. `adopt`: first those, then those whose submitter is dead,
   * and those without one (`--enqueue`).
   */
  readonly reach: 'all' | 'own' | 'adopt';
  /** Names of embedded runner objects (`object:NAME`) that this worker holds; such jobs of others are passed over. */
  readonly objects: readonly string[];
  /** Milliseconds, by the monotonic clock, from the claim. */
  readonly lease_ms: number;
}

/** How an attempt ended. */
export type Settlement =
  | { readonly state: 'done'; readonly result: JobResult; readonly cached: boolean }
  | { readonly state: 'error'; readonly failure: JobFailure; readonly event: 'failed' | 'timeout' }
  | { readonly state: 'canceled' }
  /** Back to pending, due after `delay_ms`. `isOutside`: counts as a death of its worker does, not as an attempt of its own. */
  | {
      readonly state: 'retry';
      readonly failure: JobFailure;
      readonly delay_ms: number;
      readonly isOutside?: boolean;
    }
  /** Back to pending, as if it had not been claimed (shut-down). */
  | { readonly state: 'release' };

export type Heartbeat = 'held' | 'cancel' | 'lost';

export interface JobFilter {
  readonly states?: readonly JobState[];
  readonly track_id?: string;
  /** At most this many; newest first. */
  readonly limit: number;
  /** Only jobs before this id. */
  readonly before?: string;
}

/** A pointer record; without a job's id it is the latest of its track. */
export type KnownPointer = Omit<TrackStep, 'job_id'> & { readonly job_id: string | null };

/** A track whose pointer nobody has looked at since this job of it was done. */
export interface TrailingTrack {
  readonly job_id: string;
  readonly track_id: string;
}

/** A file's digest, remembered by what `stat` says of it. */
export interface RememberedDigest {
  readonly path: string;
  readonly fingerprint: string;
  readonly digest: string;
}

/**
 * The durable queue. Many processes may hold one at once. Asynchronous throughout, so that a database
 * server can implement it; an implementation joins by passing test/contract/job-store.ts.
 */
export interface JobStore extends JobCollection {
  /** Whether it shows the jobs as they were when it was opened, and takes none. */
  readonly isCopy: boolean;

  /** Throws where no job could be accepted just now, as `submit` would; writes nothing. */
  assertWritable(): Promise<void>;

  /**
   * Throws root_moved if other processes that open this store now would not find what is written to it: it was moved
   * away, removed or replaced. Cheap, to be asked before each job. `submit` and `claim` ask it themselves.
   */
  assertInPlace(): Promise<void>;

  /**
   * Accepts jobs. On return every one is on disk and survives a crash of the machine; all or none.
   * Ids ascend strictly over all calls of all processes, also when the wall clock jumps back.
   * Throws NoLongerThere.
   */
  submit(jobs: readonly NewJob[]): Promise<readonly Job[]>;

  get(id: string): Promise<Job | undefined>;
  /** The `input` that the job was accepted with; undefined where there was none, or the job is done. */
  input(id: string): Promise<string | undefined>;
  list(filter: JobFilter): Promise<readonly Job[]>;
  /** Must not slow with the number of ended jobs. */
  counts(): Promise<JobCounts>;

  /**
   * Takes up to `limit` due jobs: higher priority first, then order of submission. A job whose key
   * another running job has, in any process, is passed over until that one has ended; `reap` ends those of the dead.
   * Raises the epoch of each. A job whose record is damaged ends in error, its record as it was, and keeps no other
   * from being taken.
   * Must not slow with the number of ended jobs.
   */
  claim(scope: ClaimScope, limit: number): Promise<readonly RunningJob[]>;

  /** Milliseconds until the next pending job of this scope is due (0: one is due now or waits for its key), or undefined where none is pending. */
  nextDue(scope: ClaimScope): Promise<number | undefined>;

  /**
   * Renews the lease. `lost`: the epoch has moved on or the job has ended, and the worker must stop without
   * publishing. `cancel`: still owned, and someone wants it canceled.
   */
  heartbeat(job: RunningJob, lease_ms: number): Promise<Heartbeat>;

  /**
   * Ends an attempt, in one transaction, durable on return. False, and nothing changed, where the epoch has moved on.
   * `done` with a track adds to the track's history in the same transaction, and the job to `trailing`. `retry` and
   * `release` become `canceled` where someone has asked for that meanwhile. May wait `patienceMs` for other writes, to
   * share their commit.
   */
  settle(job: RunningJob, settlement: Settlement, patienceMs?: number): Promise<boolean>;

  /**
   * Releases running jobs whose owner is dead (at once where it ran on this machine, else when the lease
   * has run out); the third death ends a job as `error: crashed`. A job of a dead owner whose cancel was
   * requested ends as canceled. An owner that lives but let its lease run out counts as dead. Returns the
   * jobs that were released or ended, as they were while running, in no order.
   */
  reap(): Promise<readonly RunningJob[]>;

  /**
   * A pending job becomes canceled; a running one is marked and its worker sees it at the next heartbeat;
   * an ended one is left. Returns the job as it is then, or undefined.
   */
  cancel(id: string): Promise<Job | undefined>;
  /** The running jobs, of all processes, whose cancel was requested. */
  canceling(): Promise<readonly Pick<RunningJob, 'id' | 'epoch'>[]>;

  /** Pointer records of a track, the latest submission first. */
  history(track_id: string, limit: number): Promise<readonly TrackStep[]>;

  /** Forgets the pointer records of a track, durably, and that its pointer is to be looked at. Jobs of it that end later begin new ones. */
  forgetTrack(track_id: string): Promise<void>;

  /**
   * Adds pointer records that are known from elsewhere, from manifests of entries say; those that stand are kept.
   * One without an id gets a fresh one, and comes before all others. Durable on return; all or none.
   */
  adopt(pointers: readonly KnownPointer[]): Promise<void>;

  /**
   * Jobs that were done (also with their submission), and were not told of by `caughtUp` since, in no order: their process
   * is about to look at the track's pointer, or died before it did.
   */
  trailing(): Promise<readonly TrailingTrack[]>;
  /** The pointers of the tracks of these jobs were looked at after they were done. May be lost in a crash; never throws. */
  caughtUp(job_ids: readonly string[]): void;

  /** Where a predicted key leads; undefined where it leads to itself. */
  alias(key: EntryKey): Promise<EntryKey | undefined>;
  remember(predicted: EntryKey, actual: EntryKey): Promise<void>;

  digest(path: string, fingerprint: string): Promise<string | undefined>;
  rememberDigest(digest: RememberedDigest): Promise<void>;

  /**
   * Appends to the events of a job; not necessarily durable on return. Throws not_found.
   * What the store itself does it records itself, in the transaction that does it: submitted, started,
   * retrying, done, failed, timeout, canceled.
   */
  record(
    job_id: string,
    type: JobEventType,
    attempt: number,
    data: { [key: string]: Json },
  ): Promise<void>;
  /**
   * Events after `after`, of one job or of all, in order. An event that becomes visible later never has a smaller `seq` than
   * one that was read before, whichever process wrote it: who goes on from the last one that was read misses none.
   */
  events(after: number, limit: number, job_id?: string): Promise<readonly JobEvent[]>;

  /** What is wrong with the store itself, a few lines at most; empty where it is sound. May take long. */
  check(): Promise<readonly string[]>;

  /** Jobs that ended `done` at one of these entries, the latest first. Looks at every job: for when something is wrong. */
  endedAt(entries: readonly EntryKey[], limit: number): Promise<readonly Job[]>;

  /** The greatest `seq` handed out so far, 0 where there is none. */
  lastEvent(): Promise<number>;

  /**
   * Calls the listener soon after any process commits a change (tens of milliseconds); spurious calls are
   * allowed, silence after a change is not. Returns the function that ends it.
   */
  onChange(listener: () => void): () => void;

  /** Idempotent. */
  close(): Promise<void>;
}
