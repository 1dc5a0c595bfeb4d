import type { LogPiece } from '../model/log-piece.ts';

/** What the runner of one attempt writes. */
export interface AttemptLog {
  /**
   * Takes text in the order in which it comes. Never throws: a disk that is full costs the log, and not the job. An attempt
   * may write about `mostAttemptBytes`; `droppedNote` says once that the rest was dropped.
   */
  write(text: string): void;
  /** Resolves once `read` gives all that was written. Idempotent. */
  close(): Promise<void>;
}

/**
 * What runners wrote, one log a job: all attempts in turn, later ones under their `attemptHeading`. A help, not a promise: a crash of
 * the machine may take it.
 * Implementations join by passing test/contract/log-store.ts.
 */
export interface LogStore {
  /** Makes nothing before the first write. Each attempt once. */
  begin(job_id: string, attempt: number): AttemptLog;

  /** At most `mostPieceBytes` from byte `from` on, of whole characters; empty where nothing was written. */
  read(job_id: string, from: number): Promise<LogPiece>;
}
