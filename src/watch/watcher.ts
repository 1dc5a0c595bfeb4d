/** The words in which a watched folder is spoken of. */
import type { Broker } from '../core/engine/broker.ts';
import type { ErrorCode } from '../core/model/errors.ts';
import type { JobDocument } from '../core/model/job-document.ts';
import type { SubmitRequest } from '../core/model/submit-request.ts';
import type { OpenSeenFiles } from '../core/ports/seen-files.ts';
import type { PathFence } from '../support/files/path-fence.ts';
import type { OpenHints } from './events/hints.ts';

/** What happens to a file whose job ended done, unless it was changed since. */
export type OnDone =
  | { readonly do: 'keep' }
  | { readonly do: 'delete' }
  | { readonly do: 'move'; readonly to: string };

/** All times in milliseconds. */
export interface WatchOptions {
  readonly broker: Broker;
  readonly folder: string;
  /** Opens the table of what was seen of the folder. */
  readonly openSeen: OpenSeenFiles;
  /** Which files count; a pattern without a slash holds for names at any depth. */
  readonly pattern: string;
  /** Files below subdirectories too. Names that begin with a dot are passed over. */
  readonly recursive: boolean;
  /** As `trackOf` takes it. */
  readonly track: string;
  /** A file counts only once another of its name and this suffix is there. */
  readonly readySuffix?: string;
  /** How long a file must lie still before it counts. */
  readonly settleMs: number;
  /** Asks the system for no events: for network mounts. */
  readonly polls: boolean;
  /** Between two looks at the whole folder where no events come. */
  readonly pollMs: number;
  /** Between two looks at the whole folder while events come. */
  readonly rescanMs: number;
  readonly onDone?: OnDone;
  /** Directories that are passed over: the root of the store, where it lies within the folder. */
  readonly exclude?: readonly string[];
  /** Of every job that is submitted. */
  readonly request?: Omit<SubmitRequest, 'features_path' | 'features_text' | 'track_id' | 'run_id'>;
  /** Where files may lie, links resolved; those that lead elsewhere are refused. */
  readonly fence?: PathFence | undefined;
  /** Submissions at a time; 64 where not given. */
  readonly parallel?: number;
  /** Files that are taken up before others wait for room, to bound the memory; 4096 where not given. */
  readonly capacity?: number;
  readonly onEvent?: (event: WatchEvent) => void;
  /** Closes the watcher. */
  readonly signal?: AbortSignal;
  /** Where events come from; chokidar where not given. */
  readonly openHints?: OpenHints;
}

export interface WatchProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/** `path` is absolute. */
export type WatchEvent =
  | { readonly type: 'submitted' | 'done'; readonly path: string; readonly job: JobDocument }
  /** A job that failed, or, without a job, a submission that was refused. */
  | {
      readonly type: 'failed';
      readonly path: string;
      readonly job: JobDocument | null;
      readonly problem: WatchProblem;
    }
  | { readonly type: 'moved'; readonly path: string; readonly to: string }
  | { readonly type: 'deleted'; readonly path: string }
  | {
      readonly type: 'warning';
      readonly path: string;
      readonly message: string;
      readonly hint: string;
    };

export interface WatchStatus {
  readonly mode: 'events' | 'polling';
  /** Files seen and not yet submitted: being written, or queued for submission. */
  readonly waiting: number;
  /** Files whose job has not ended. */
  readonly running: number;
  /** Files whose job ended done: those that lie in the folder, and those that were moved or deleted by this watcher. */
  readonly done: number;
  readonly failed: number;
}

export interface WatchFailure {
  readonly path: string;
  /** Null where the submission was refused. */
  readonly job_id: string | null;
  /** `code: message` */
  readonly error: string;
}

export interface Watcher {
  /** Absolute, links resolved. */
  readonly folder: string;
  status(): Promise<WatchStatus>;
  /** Files that failed and were not changed since, by path. */
  failures(limit?: number): Promise<readonly WatchFailure[]>;
  /** Resolves once the watcher is closed; rejects where it cannot go on. */
  readonly ended: Promise<void>;
  /** Ends watching; jobs that were submitted go on. Idempotent. */
  close(): Promise<void>;
}
