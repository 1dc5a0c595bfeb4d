/** A job as clients see it: the response of `GET /echo/jobs/{id}`, and of every command under `--json`. */
import type { ErrorCode } from '../errors.ts';

/** The failure of a job, for machines. */
export interface JobProblem {
  /** A code of the table of errors. */
  readonly code: ErrorCode;
  /** What to do, for people. */
  readonly hint: string;
  /** Facts; which ones depends on the code. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** The artifact and the manifest of a job that is done: paths on this machine, or, through a daemon, paths of its URL. */
export interface JobFiles {
  readonly artifact_path: string;
  readonly manifest_path: string;
  /** SHA-256 of the artifact. */
  readonly etag: string;
}

/** What is known of a job in every state. Times are ISO 8601 in UTC. */
export interface JobFacts {
  /** Ids sort by the time of submission. */
  readonly job_id: string;
  /** The upstream that the result was fetched from for this job; null if it was here or was computed. */
  readonly upstream: string | null;
  /** First half of the entry's key: the published one if the job is done, else the predicted one. */
  readonly config_hash: string;
  /** Second half of the entry's key. */
  readonly source_hash: string;
  /** The track whose pointer follows the result; null for none. */
  readonly track_id: string | null;
  /** The name of this run, as submitted; else made by cab. */
  readonly run_id: string;
  /** The runner as people name it. */
  readonly runner: string;
  /** The kind of job, as the configuration names it; null for a job without one. */
  readonly kind: string | null;
  /** Labels that a worker must have to take the job, sorted. */
  readonly needs: readonly string[];
  /** Where the input is. */
  readonly features_path: string;
  /** A job with a higher priority runs first. */
  readonly priority: number;
  /** Whether the job runs although a result exists. */
  readonly force: boolean;
  /** Attempts that have begun; 0 for a hit. */
  readonly attempts: number;
  /** Attempts that may be made. */
  readonly max_attempts: number;
  /** Seconds that an attempt may take; null: no limit. */
  readonly timeout_s: number | null;
  /** When the job was accepted. */
  readonly submitted_at: string;
}

/** A job that waits for its first attempt, or for another one. */
export interface PendingJobDocument extends JobFacts {
  readonly status: 'pending';
  /** Why the attempt before failed, for people; null before the first. */
  readonly error: string | null;
  /** Why the attempt before failed, for machines; null before the first. */
  readonly problem: JobProblem | null;
  readonly result: null;
  readonly cached: false;
  readonly started_at: null;
  readonly finished_at: null;
  /** When the next attempt is due; null if it is due already. */
  readonly run_at: string | null;
}

export interface RunningJobDocument extends JobFacts {
  readonly status: 'running';
  /** Null unless the process that runs the job is dead. */
  readonly error: string | null;
  /** Null unless the process that runs the job is dead. */
  readonly problem: JobProblem | null;
  readonly result: null;
  readonly cached: false;
  /** When this attempt began. */
  readonly started_at: string;
  readonly finished_at: null;
  readonly run_at: null;
}

export interface DoneJobDocument extends JobFacts {
  readonly status: 'done';
  readonly error: null;
  readonly problem: null;
  readonly result: JobFiles;
  /** True if nothing ran because the result existed. */
  readonly cached: boolean;
  /** When the last attempt began; null for a hit. */
  readonly started_at: string | null;
  /** When the job ended. */
  readonly finished_at: string;
  readonly run_at: null;
}

/** A job that ended as an error. */
export interface FailedJobDocument extends JobFacts {
  readonly status: 'error';
  /** What went wrong, for people. */
  readonly error: string;
  /** What went wrong, for machines. */
  readonly problem: JobProblem;
  readonly result: null;
  readonly cached: false;
  /** When the last attempt began; null if none did. */
  readonly started_at: string | null;
  /** When the job ended. */
  readonly finished_at: string;
  readonly run_at: null;
}

export interface CanceledJobDocument extends JobFacts {
  readonly status: 'canceled';
  readonly error: null;
  readonly problem: null;
  readonly result: null;
  readonly cached: false;
  /** When the last attempt began; null if none did. */
  readonly started_at: string | null;
  /** When the job ended. */
  readonly finished_at: string;
  readonly run_at: null;
}

/** A job, by its `status`: each has its own fields. */
export type JobDocument =
  | PendingJobDocument
  | RunningJobDocument
  | DoneJobDocument
  | FailedJobDocument
  | CanceledJobDocument;

/** A job that has ended, however it ended. */
export type EndedJobDocument = DoneJobDocument | FailedJobDocument | CanceledJobDocument;

export const hasEnded = (job: JobDocument): job is EndedJobDocument =>
  job.status !== 'pending' && job.status !== 'running';
