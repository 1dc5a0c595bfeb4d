/** What a watcher knows of one file in its folder: the submitted version of the file, and the result. */

export type SeenState = 'submitting' | 'submitted' | 'done' | 'failed';

export interface SeenFile {
  /** A small integer. It identifies this file for as long as the file is known. */
  readonly id: number;
  /** Relative to the folder. It names the file. */
  readonly path: string;
  readonly state: SeenState;
  /** As `fingerprintOf` gave it before the file was submitted. */
  readonly fingerprint: string;
  readonly track_id: string;
  readonly run_id: string;
  readonly job_id: string | null;
  readonly source_hash: string | null;
  /** `code: message` of a failure. */
  readonly error: string | null;
}

/** A file about to be submitted. */
export type Intent = Pick<SeenFile, 'path' | 'fingerprint' | 'track_id' | 'run_id'>;

/** The result of a submission. */
export type Outcome = Pick<SeenFile, 'path' | 'run_id' | 'state'> &
  Partial<Pick<SeenFile, 'job_id' | 'source_hash' | 'error'>>;

/**
 * The table of one folder, for the one watcher that holds the folder. A write is on disk before its promise resolves. Every
 * method throws CabErrors of the kind `unreachable` for temporary failures, and may be called again after them.
 * Contract suite: test/contract/seen-files.ts.
 */
export interface SeenFiles {
  find(path: string): Promise<SeenFile | undefined>;

  /** Files in a state, ordered by path: at most `limit` of them, after the path `after`. */
  list(state: SeenState, limit: number, after?: string): Promise<readonly SeenFile[]>;

  /** Files whose job has not ended, in the order of submission. */
  submitted(limit: number): Promise<readonly SeenFile[]>;

  /** Files that are done or failed, ordered by id: at most `limit` of them, after the id `after`. */
  resting(limit: number, after: number): Promise<readonly SeenFile[]>;

  counts(): Promise<Readonly<Record<SeenState, number>>>;

  /** Makes the file `submitting`, whatever was known of it. The watcher submits the file after this has resolved. */
  intend(intent: Intent): Promise<void>;

  /** Leaves `job_id` and `source_hash` as they are if not given. Changes nothing if the file has another run id by now. */
  settle(outcome: Outcome): Promise<void>;

  /** The file has a new fingerprint, and still the content that was submitted. */
  restamp(path: string, fingerprint: string): Promise<void>;

  /** Removes the file, unless it has another run id by now. */
  forget(file: Pick<SeenFile, 'path' | 'run_id'>): Promise<void>;

  /** Removes the files whose submission was refused: those that failed without a job. */
  forgetRefused(): Promise<void>;

  /** Releases the folder, so that another watcher can take it. */
  close(): Promise<void>;
}

/**
 * Takes a folder, named by its real path, until it is closed. A folder that another watcher holds is refused while that watcher
 * is known to be alive.
 * @throws CabError usage if the folder is held; queue_unreadable, queue_too_new, queue_busy, root_unwritable, no_space
 */
export type OpenSeenFiles = (folder: string) => Promise<SeenFiles>;
