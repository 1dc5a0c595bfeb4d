import type { EntryKey } from '../model/key.ts';
import type { Explanation } from '../model/explanation.ts';
import type { JobDocument } from '../model/job-document.ts';
import type { JobCounts, JobEvent, JobState } from '../model/job.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Pointer, PointerRecord, TrackList } from '../model/pointer.ts';
import type { SubmitRequest } from '../model/submit-request.ts';
import type { PathFence } from '../../support/files/path-fence.ts';
import type { OpenedFile } from '../ports/entry-store.ts';
import type { LogPiece } from '../model/log-piece.ts';
import type { Held } from '../ports/pointer-store.ts';

export type { OpenedFile } from '../ports/entry-store.ts';

export interface JobQuery {
  readonly status?: JobState;
  readonly track?: string;
  /** 1 to 1000; 50 where not given. */
  readonly limit?: number;
  /** A `next` of an earlier page. */
  readonly cursor?: string;
}

export interface JobPage {
  /** Newest first. */
  readonly jobs: readonly JobDocument[];
  /** Cursor of the page after this one, null at the end. */
  readonly next: string | null;
}

export interface SubmitOptions {
  /**
   * What becomes of a request whose content cannot succeed (axes missing, text that is no JSON, a database or arguments that
   * do not fit). `error`: it is refused; so where not given. `job`: a job that has ended in error, no attempt made, as
   * clients of the reference broker expect.
   */
  readonly refusal?: 'error' | 'job';
  readonly signal?: AbortSignal | undefined;
  /** Where the paths of the request may lead, for a broker that reads files itself; a daemon has a fence of its own. */
  readonly fence?: PathFence | undefined;
}

export type RetryOptions = Pick<SubmitOptions, 'fence'>;

export interface WaitOptions {
  /** Milliseconds; waits without end where not given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface EventQuery {
  readonly job_id?: string;
  /** Only events whose `seq` is greater; 0 for all that are kept. */
  readonly after?: number;
  readonly signal?: AbortSignal;
}

/**
 * What local and remote both promise. Every failure is a CabError, its code the same on both sides.
 * Contract suite: test/contract/broker.ts.
 */
export interface Broker {
  /**
   * Accepts a job. On return it is on disk: no crash loses it. Input that can never succeed is refused here
   * (an error of kind `input`) and leaves nothing behind, unless `refusal` asks for a job that has ended. A hit comes back
   * `done` and `cached`, its pointer moved, no runner started. Submissions made at the same time are committed together. If
   * the signal is aborted before the job is committed, hashing ends and nothing is left behind.
   */
  submit(request: SubmitRequest, options?: SubmitOptions): Promise<JobDocument>;

  /** What `submit` would do, without doing it; for a miss the closest entry of the same source. */
  explain(request: SubmitRequest, options?: SubmitOptions): Promise<Explanation>;

  /** Throws not_found. */
  job(id: string): Promise<JobDocument>;
  /** Throws invalid_request for a limit, or a cursor, that is none. */
  jobs(query?: JobQuery): Promise<JobPage>;
  counts(): Promise<JobCounts>;

  /** The job once it has ended, however it ended. Throws wait_timeout, not_found. */
  wait(id: string, options?: WaitOptions): Promise<JobDocument>;

  /** A pending job is canceled on return; a running one is told so and ends soon; an ended one stays as it is. Throws not_found. */
  cancel(id: string): Promise<JobDocument>;

  /** Submits a failed or canceled job anew, under a new id. Throws not_found, not_retryable, and what `submit` throws. */
  retry(id: string, options?: RetryOptions): Promise<JobDocument>;

  /** What the runner wrote, all attempts in turn, from byte `from` on. Empty where it wrote nothing. Throws not_found. */
  log(id: string, from?: number): Promise<LogPiece>;

  /** Events as they happen, after those that are kept; ends when `signal` is aborted, or with the job where one is named. */
  events(query?: EventQuery): AsyncIterable<JobEvent>;
  /** The greatest `seq` so far, 0 where there is none: events after it are those that happen from now on. */
  lastEvent(): Promise<number>;

  /** The artifact and the etag are those of the entry as it stands. Throws not_found, pointer_invalid. */
  pointer(track_id: string): Promise<Pointer>;
  /** As `pointer`, with a way to tell later whether it still stands, where there is one. */
  holdPointer(track_id: string): Promise<Held<Pointer>>;
  /** The track's pointers, the latest first; begins with the current one. As many as a page of jobs. Throws not_found, invalid_request. */
  history(track_id: string, limit?: number): Promise<readonly PointerRecord[]>;
  /** All tracks with their latest pointer, and the pointers that cannot be read. */
  tracks(): Promise<TrackList>;

  /** Throws not_found, manifest_invalid. */
  manifest(key: EntryKey): Promise<Manifest>;
  /** A file of an entry, its bytes checked; the artifact where no name is given. Throws not_found, hash_mismatch, manifest_invalid. */
  open(key: EntryKey, name?: string): Promise<OpenedFile>;

  /**
   * Resolves when no job is left that this process would run (`work`). At once if a daemon does the work.
   */
  idle(): Promise<void>;

  /**
   * Stops taking jobs, lets running ones end or hands them back, and lets go of all it holds. Whoever waits, or follows
   * events, gets an error, as does whoever asks for jobs later: canceled. Idempotent.
   */
  close(): Promise<void>;
}

/**
 * Where to begin to follow events so that none of what happens from now on is missed, and the long history before is
 * not read: before the first event of the newest job. Undefined where there is no job yet.
 */
export async function beforeNewestJob(broker: Broker): Promise<number | undefined> {
  const [newest] = (await broker.jobs({ limit: 1 })).jobs;
  if (newest === undefined) return undefined;
  for await (const { seq } of broker.events({ job_id: newest.job_id })) return seq - 1;
  return undefined;
}
