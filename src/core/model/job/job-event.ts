/** The events of jobs: what each type tells, and the data of those that every job store records itself. */
import type { ErrorCode } from '../errors.ts';
import { shownRunner } from '../request/queued-command.ts';
import type { JobFailure, JobResult, JobSpec } from './job.ts';

/** The job is on disk. */
export interface SubmittedData {
  /** Null if no track follows the result. */
  readonly track_id: string | null;
  /** A job with a higher priority runs first. */
  readonly priority: number;
  /** The runner as jobs name it. An older cab did not record it. */
  readonly runner?: string | undefined;
}

/** An attempt begins. */
export interface StartedData {
  /** The process of the worker. */
  readonly pid: number;
}

/** The runner wrote. */
export interface OutputData {
  /** What it wrote since the event before, at most 16,384 characters. */
  readonly text: string;
  /** How many characters were left out. The log has them. */
  readonly dropped: number;
}

/** The runner reported progress. */
export interface ProgressData {
  /** From 0 to 1; null if the runner cannot tell. */
  readonly fraction: number | null;
  /** One line for people; null if the runner gave none. */
  readonly message: string | null;
}

/** Why an attempt failed. */
export interface FailureData {
  readonly code: ErrorCode;
  /** For people. */
  readonly message: string;
}

/** An attempt failed, and the job waits for the next one. */
export interface FailedAttemptData extends FailureData {
  readonly released?: undefined;
  /** Milliseconds until the next attempt is due. */
  readonly delay_ms: number;
}

/** The worker closed, and handed the job back to the queue. The attempt does not count. */
export interface ReleasedData {
  readonly released: true;
  /** Milliseconds until the next attempt is due. */
  readonly delay_ms: number;
}

/** The job ended, and its result is published. */
export interface DoneData {
  /** True if nothing ran because the result existed. */
  readonly cached: boolean;
  /** First half of the entry's key. */
  readonly config_hash: string;
  /** Second half of the entry's key. */
  readonly source_hash: string;
  /** SHA-256 of the artifact. */
  readonly etag: string;
  /** Where a hit was fetched from; absent for what was here or was computed. */
  readonly upstream?: string | undefined;
}

/** The `data` of each type of event. */
export interface JobEventData {
  readonly submitted: SubmittedData;
  readonly started: StartedData;
  readonly stdout: OutputData;
  readonly stderr: OutputData;
  readonly progress: ProgressData;
  readonly retrying: FailedAttemptData | ReleasedData;
  readonly done: DoneData;
  readonly failed: FailureData;
  /** Empty. */
  readonly canceled: Readonly<Record<string, never>>;
  /** The job ended because an attempt took too long. */
  readonly timeout: FailureData;
}

export type JobEventType = keyof JobEventData;

export const eventTypes = [
  'submitted',
  'started',
  'stdout',
  'stderr',
  'progress',
  'retrying',
  'done',
  'failed',
  'canceled',
  'timeout',
] as const satisfies readonly JobEventType[];

/** An event that no store has recorded yet. */
export type NewJobEvent = { [Type in JobEventType]: NewEventOf<Type> }[JobEventType];

interface NewEventOf<Type extends JobEventType> {
  /** What happened. It decides the type of `data`. */
  readonly type: Type;
  /** Number of the attempt; 0 before the first. */
  readonly attempt: number;
  readonly data: JobEventData[Type];
}

/** One event of a job, by its type. */
export type JobEvent = NewJobEvent & {
  /** Ascends over all jobs of a root, and is never reused. */
  readonly seq: number;
  readonly job_id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
};

export const submittedData = ({ track_id, runner }: JobSpec, priority: number): SubmittedData => ({
  track_id,
  priority,
  runner: shownRunner(runner),
});

export const doneData = (
  { config_hash, source_hash, etag, upstream }: JobResult,
  cached: boolean,
): DoneData => ({
  cached,
  config_hash,
  source_hash,
  etag,
  ...(upstream !== undefined && { upstream }),
});

export const failureData = ({ code, message }: JobFailure): FailureData => ({ code, message });
