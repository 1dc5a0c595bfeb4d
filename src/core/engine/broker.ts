/** The interface of every broker, local or remote. */
import type { EntryKey } from '../model/entry/key.ts';
import type { Explanation } from '../model/job/explanation.ts';
import type { EndedJobDocument, JobDocument } from '../model/job/job-document.ts';
import type { FacetCounts, JobFacets } from '../model/job/facets.ts';
import type { JobCounts } from '../model/job/job.ts';
import type { JobEvent } from '../model/job/job-event.ts';
import type { Manifest } from '../model/entry/manifest.ts';
import type { Pointer, PointerRecord, TrackList } from '../model/entry/pointer.ts';
import type { Stats } from '../model/report/stats.ts';
import type { JobExplanation } from '../model/job/job-explanation.ts';
import type { ManyChanged, ManyJobs } from '../model/job/many-jobs.ts';
import type { SubmitRequest } from '../model/request/submit-request.ts';
import type { PathFence } from '../../support/paths/path-fence.ts';
import type { OpenedFile } from '../ports/entry-store.ts';
import type { LogPiece } from '../model/job/log-piece.ts';
import type { Held } from '../ports/pointer-store.ts';

export type { OpenedFile } from '../ports/entry-store.ts';

export interface JobQuery extends JobFacets {
  /** 1 to 1000; the default is 50. */
  readonly limit?: number | undefined;
  /** A `next` of an earlier page. */
  readonly cursor?: string | undefined;
}

export interface JobPage {
  /** Newest first. */
  readonly jobs: readonly JobDocument[];
  /**
   * Cursor of the page after this one, null at the end. A search by runner or text looks at some ten thousand jobs for a page:
   * a page may hold fewer jobs than asked for, even none, before the end.
   */
  readonly next: string | null;
}

export interface SubmitOptions {
  /**
   * What happens to a request whose content cannot succeed (missing axes, invalid JSON, a database or arguments that do not
   * fit). `error` (the default): the request is refused. `job`: the broker makes a job that has already ended in error, without
   * an attempt; clients of the reference broker expect this.
   */
  readonly refusal?: 'error' | 'job';
  readonly signal?: AbortSignal | undefined;
  /** Where the paths of the request may lead, for a broker that reads files itself. A daemon has its own fence. */
  readonly fence?: PathFence | undefined;
}

export type RetryOptions = Pick<SubmitOptions, 'fence'>;

export interface WaitOptions {
  /** Milliseconds; waits without limit if not given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface EntryOptions {
  /** The brokers that passed the question on, as they name themselves: none of them is asked again. */
  readonly via?: readonly string[];
}

export interface StatsOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface EventQuery {
  readonly job_id?: string;
  /** Only events whose `seq` is greater; 0 for all that are kept. */
  readonly after?: number;
  readonly signal?: AbortSignal;
}

/**
 * What the local and the remote broker both promise. Every failure is a CabError with the same code on both sides.
 * Contract suite: test/contract/broker.ts.
 */
export interface Broker {
  /**
   * Accepts a job. On return it is on disk: no crash loses it. Input that can never succeed is refused with an error of kind
   * `input` and leaves nothing behind, unless `refusal` asks for an ended job. A hit comes back `done` and `cached`: its
   * pointer has moved, and no runner was started. Submissions at the same time share a commit. If the signal is aborted before
   * the job is committed, hashing ends and nothing is left behind.
   */
  submit(request: SubmitRequest, options?: SubmitOptions): Promise<JobDocument>;

  /** What `submit` would do, without doing it; for a miss the closest entry of the same source. */
  explain(request: SubmitRequest, options?: SubmitOptions): Promise<Explanation>;

  /** Why a job ran, from what is on record now, and how to submit it again. Throws not_found. */
  explainJob(id: string): Promise<JobExplanation>;

  /** Throws not_found. */
  job(id: string): Promise<JobDocument>;
  /** Throws invalid_request if a facet, the limit or the cursor is invalid. */
  jobs(query?: JobQuery): Promise<JobPage>;
  /** How many jobs fit, by state, runner and track. Of very many jobs it counts the latest. Throws invalid_request. */
  facets(facets?: JobFacets): Promise<FacetCounts>;
  counts(): Promise<JobCounts>;
  /**
   * Counts the jobs submitted since a time (ISO 8601) that have ended. Of very many it counts the latest. Throws
   * invalid_request.
   */
  stats(since: string, options?: StatsOptions): Promise<Stats>;

  /** The job after it has ended, in whatever state. Throws wait_timeout, not_found. */
  wait(id: string, options?: WaitOptions): Promise<EndedJobDocument>;

  /** Cancels a pending job at once, and asks a running job to end. An ended job stays as it is. Throws not_found. */
  cancel(id: string): Promise<JobDocument>;

  /** Submits a failed or canceled job again, under a new id. Throws not_found, not_retryable, and what `submit` throws. */
  retry(id: string, options?: RetryOptions): Promise<JobDocument>;

  /** Cancels jobs that have not ended, as `cancel`. Throws invalid_request. */
  cancelMany(which: ManyJobs): Promise<ManyChanged>;
  /**
   * Submits jobs again, as `retry`. Of those that fit the facets it takes the ones that failed (or were canceled, if `status`
   * says so), of each key and track the latest, and none whose work a later job has done or will do. Throws invalid_request.
   */
  retryMany(which: ManyJobs, options?: RetryOptions): Promise<ManyChanged>;

  /**
   * What the runner wrote, all attempts in turn, from byte `from` on, at most `most` bytes (1 MiB, the default and the most).
   * A negative `from` counts from the end, and the piece then begins with a line. Empty if it wrote nothing. Throws not_found.
   */
  log(id: string, from?: number, most?: number): Promise<LogPiece>;

  /** First the kept events, then new ones as they happen. Ends when `signal` is aborted, or with the job if one is named. */
  events(query?: EventQuery): AsyncIterable<JobEvent>;
  /** The greatest `seq` so far; 0 if there is none. Events after it are those that happen from now on. */
  lastEvent(): Promise<number>;

  /** The artifact and the etag are those of the entry as it stands. Throws not_found, pointer_invalid. */
  pointer(track_id: string): Promise<Pointer>;
  /** As `pointer`, with a way to check later whether it still stands, if there is one. */
  holdPointer(track_id: string): Promise<Held<Pointer>>;
  /** The track's pointers, the current one first. The limit is that of a page of jobs. Throws not_found, invalid_request. */
  history(track_id: string, limit?: number): Promise<readonly PointerRecord[]>;
  /** All tracks with their latest pointer, and the pointers that cannot be read. */
  tracks(): Promise<TrackList>;

  /** An entry that is not here is fetched from an upstream, if there is one. Throws not_found, manifest_invalid. */
  manifest(key: EntryKey, options?: EntryOptions): Promise<Manifest>;
  /**
   * A file of an entry with checked bytes; the artifact if no name is given. As `manifest`, it may fetch the entry. Throws
   * not_found, hash_mismatch, manifest_invalid.
   */
  open(key: EntryKey, name?: string, options?: EntryOptions): Promise<OpenedFile>;

  /** Resolves when no job is left that this process would run (`work`). Resolves at once if a daemon does the work. */
  idle(): Promise<void>;

  /**
   * Stops taking jobs, lets running ones end or returns them to the queue, and closes all that it opened. Callers that wait or
   * follow events get the error canceled, as do later calls that need the job store. Idempotent.
   */
  close(): Promise<void>;
}

/**
 * Where to start following events so that no new event is missed and the long history is not read: before the first event of
 * the newest job. Undefined if there is no job yet.
 */
export async function beforeNewestJob(broker: Broker): Promise<number | undefined> {
  const [newest] = (await broker.jobs({ limit: 1 })).jobs;
  if (newest === undefined) return undefined;
  for await (const { seq } of broker.events({ job_id: newest.job_id })) return seq - 1;
  return undefined;
}
