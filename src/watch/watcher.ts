/** The options, events and status of a watched folder. */
import type { Broker } from '../core/engine/broker.ts';
import type { ErrorCode } from '../core/model/errors.ts';
import type { JobDocument } from '../core/model/job/job-document.ts';
import type { SubmitRequest } from '../core/model/request/submit-request.ts';
import type { OpenSeenFiles } from '../core/ports/seen-files.ts';
import type { PathFence } from '../support/paths/path-fence.ts';
import type { OpenHints } from './events/hints.ts';

/** What to do with a file whose job is done, unless the file changed since. */
export type OnDone =
  | { readonly do: 'keep' }
  | { readonly do: 'delete' }
  | { readonly do: 'move'; readonly to: string };

/** All times in milliseconds. */
export interface WatchOptions {
  readonly broker: Broker;
  readonly folder: string;
  /** Opens the table of files that were seen in the folder. */
  readonly openSeen: OpenSeenFiles;
  /** The files that count. A pattern without a slash matches names at any depth. */
  readonly pattern: string;
  /** Whether files in subdirectories count too. Names that begin with a dot are skipped. */
  readonly recursive: boolean;
  /** As `trackOf` takes it. */
  readonly track: string;
  /** If set, a file counts only once another file with its name and this suffix exists. */
  readonly readySuffix?: string;
  /** How long a file must hold still before it counts. */
  readonly settleMs: number;
  /** Requests no events from the system: for network mounts. */
  readonly polls: boolean;
  /** Time between two scans of the whole folder if no events arrive. */
  readonly pollMs: number;
  /** Time between two scans of the whole folder while events arrive. */
  readonly rescanMs: number;
  readonly onDone?: OnDone;
  /** Directories to skip, for example the store's root if it lies within the folder. */
  readonly exclude?: readonly string[];
  /** Fields of every job that is submitted. */
  readonly request?: Omit<SubmitRequest, 'features_path' | 'features_text' | 'track_id' | 'run_id'>;
  /** The directories that files may lie in, with links resolved. Other files are refused. */
  readonly fence?: PathFence | undefined;
  /** Submissions at a time; 64 if not given. */
  readonly parallel?: number;
  /** Limits the memory: the number of files in progress before others wait for room; 4096 if not given. */
  readonly capacity?: number;
  readonly onEvent?: (event: WatchEvent) => void;
  /** Closes the watcher. */
  readonly signal?: AbortSignal;
  /** The source of events; chokidar if not given. */
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
  /** Files that were seen and not yet submitted: being written, or queued for submission. */
  readonly waiting: number;
  /** Files whose job has not ended. */
  readonly running: number;
  /** Files whose job is done: those that lie in the folder, and those that this watcher moved or deleted. */
  readonly done: number;
  readonly failed: number;
}

export interface WatchFailure {
  readonly path: string;
  /** Null if the submission was refused. */
  readonly job_id: string | null;
  /** `code: message` */
  readonly error: string;
}

export interface Watcher {
  /** Absolute, with links resolved. */
  readonly folder: string;
  status(): Promise<WatchStatus>;
  /** Files that failed and have not changed since, by path. */
  failures(limit?: number): Promise<readonly WatchFailure[]>;
  /** Resolves once the watcher is closed; rejects if it cannot continue. */
  readonly ended: Promise<void>;
  /** Ends watching. Submitted jobs continue. Idempotent. */
  close(): Promise<void>;
}
