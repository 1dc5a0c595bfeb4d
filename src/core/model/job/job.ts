import type { InputFormat } from '../runner/runner-identity.ts';
import type { ErrorCode, ErrorDetails } from '../errors.ts';
import type { EntryKey } from '../entry/key.ts';

/** A JSON value as it came in. An integer that no number holds exactly is a bigint (exact-json.ts). */
export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** Where the input of a job lies, and what its bytes were when the job was accepted. */
export interface JobInput {
  /** Absolute path. */
  readonly path: string;
  /** True if the bytes were sent, not named, so that the broker keeps them. */
  readonly kept: boolean;
  /** `device:inode:size:mtime_ns:ctime_ns` when it was hashed, or empty. If it differs, a run hashes the input again. */
  readonly fingerprint: string;
  /** How it was hashed. */
  readonly format: InputFormat;
  /** Set if it was named and other machines may run the job: they find the same bytes here. */
  readonly copy?: KeptCopy | undefined;
}

/** What the broker keeps of a file that was named. */
export interface KeptCopy {
  /** As `JobInput.path` of an input that is kept. */
  readonly place: string;
  /** As `Owner.machine`: the machine on which the name holds. */
  readonly machine: string;
}

/** The place of what the broker keeps of an input, if it keeps anything. */
export const keptPlace = ({ kept, path, copy }: JobInput): string | null =>
  kept ? path : (copy?.place ?? null);

/** The same of the database of a job. */
export const keptDatabase = ({
  db_kept,
  db_path,
  db_copy,
}: Pick<JobSpec, 'db_kept' | 'db_path' | 'db_copy'>): string | null =>
  db_kept === true ? db_path : (db_copy?.place ?? null);

/** The places of all that the broker keeps of a job. */
export const keptPlaces = (spec: JobSpec): string[] =>
  [keptPlace(spec.input), keptDatabase(spec)].filter((place) => place !== null);

/** Everything that a worker in any process needs to run the job. Immutable after acceptance. */
export interface JobSpec {
  readonly input: JobInput;
  /** The key predicted from input and configuration; a runner may publish under another key. */
  readonly key: EntryKey;
  /** What `config_hash` is made of, unless it is given. Null in jobs of older programs with a given hash. */
  readonly config: JsonObject | null;
  /** True if the caller gave the hash; else it is that of `config`. */
  readonly config_hash_given: boolean;
  /** The track whose pointer follows the result; null if the input has no name of its own. */
  readonly track_id: string | null;
  readonly run_id: string;
  /** A spec that `resolveRunner` takes in any process (paths absolute), or `object:NAME`. */
  readonly runner: string;
  readonly db_path: string | null;
  readonly db_hash: string | null;
  /** True if the caller gave the hash; else it is that of the file. */
  readonly db_hash_given: boolean;
  /** True if the database lies where the broker keeps it, because it was named on another machine. */
  readonly db_kept?: boolean | undefined;
  /** As `JobInput.copy`. */
  readonly db_copy?: KeptCopy | undefined;
  /** As the caller gave it, without the runner's defaults. */
  readonly probe: JsonObject;
  readonly runner_kwargs: JsonObject;
  readonly artifact_name: string;
  readonly manifest_name: string;
  readonly timeout_ms: number | null;
  readonly force: boolean;
  /** What the runner reads beside input and database; undefined if nothing was declared. */
  readonly declared?: Declared | undefined;
  /** The name of its kind in the configuration that it was accepted under; undefined for a job without one. */
  readonly kind?: string | undefined;
  /** Labels that a worker must have to take it, sorted; undefined: any worker may. */
  readonly needs?: readonly string[] | undefined;
}

/** What a runner reads beside its input, its arguments and its database. */
export interface Declared {
  /** Where `inputs` begin. Absolute. */
  readonly base: string;
  /** Files, folders and patterns; `!` leaves out. */
  readonly inputs: readonly string[];
  /** Variables of the environment; null: not set. */
  readonly env: Readonly<Record<string, string | null>>;
}

/** The process that owns a running job. `machine` tells hosts, boots, and namespaces of pids and of time apart. */
export interface Owner {
  readonly machine: string;
  readonly pid: number;
  /** Start time of the process in clock ticks since boot; it tells a reused pid apart. */
  readonly started: string;
}

export interface JobResult extends EntryKey {
  readonly artifact: string;
  readonly manifest: string;
  /** SHA-256 of the artifact. */
  readonly etag: string;
  /** The upstream that the entry was fetched from for this job; undefined if it was here or was computed. */
  readonly upstream?: string | undefined;
}

export interface JobFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly details: ErrorDetails;
}

interface JobBase {
  /** UUIDv7; ascends in the order of submission. */
  readonly id: string;
  readonly spec: JobSpec;
  /** A job with a higher priority runs first. */
  readonly priority: number;
  /** Attempts begun so far. */
  readonly attempts: number;
  readonly max_attempts: number;
  /** Attempts that were cut short from outside: the worker died, the runner was killed, the disk was full. */
  readonly crashes: number;
  /** ISO 8601, UTC, as all fields `_at`. */
  readonly submitted_at: string;
}

export interface PendingJob extends JobBase {
  readonly state: 'pending';
  /** The job runs no earlier than this wall time, for people to read; null if it is due. */
  readonly run_at: string | null;
  /** Why the previous attempt failed. */
  readonly failure: JobFailure | null;
}

export interface RunningJob extends JobBase {
  readonly state: 'running';
  readonly started_at: string;
  readonly owner: Owner;
  /** Each claim raises it. A worker with an older epoch no longer owns the job. */
  readonly epoch: number;
  readonly cancel_requested: boolean;
}

export interface DoneJob extends JobBase {
  readonly state: 'done';
  readonly started_at: string | null;
  readonly finished_at: string;
  readonly result: JobResult;
  /** True if nothing was run because the entry already stood. */
  readonly cached: boolean;
}

export interface FailedJob extends JobBase {
  readonly state: 'error';
  readonly started_at: string | null;
  readonly finished_at: string;
  readonly failure: JobFailure;
}

export interface CanceledJob extends JobBase {
  readonly state: 'canceled';
  readonly started_at: string | null;
  readonly finished_at: string;
}

/** A job, by its state; each state has only its own fields. */
export type Job = PendingJob | RunningJob | DoneJob | FailedJob | CanceledJob;
export type EndedJob = DoneJob | FailedJob | CanceledJob;
export type JobState = 'pending' | 'running' | 'done' | 'error' | 'canceled';

export const jobStates = [
  'pending',
  'running',
  'done',
  'error',
  'canceled',
] as const satisfies readonly Job['state'][];

export const isEnded = (job: Job): job is EndedJob =>
  job.state !== 'pending' && job.state !== 'running';

export type JobCounts = Readonly<Record<JobState, number>>;

export const noJobs: JobCounts = { pending: 0, running: 0, done: 0, error: 0, canceled: 0 };
