import type { LogPiece } from '../model/job/log-piece.ts';

/** The log of one attempt, while its runner writes it. */
export interface AttemptLog {
  /**
   * Appends text in the order of the calls. Never throws: if the disk is full, the log is lost, not the job. An attempt may
   * write about `mostAttemptBytes`. The rest is dropped, and `droppedNote` says so once.
   */
  write(text: string): void;
  /** Resolves when `read` gives all that was written. Idempotent. */
  close(): Promise<void>;
}

/**
 * Keeps what runners wrote, one log per job. The attempts follow one another, later ones under their `attemptHeading`. A crash
 * of the machine may lose the log.
 * Contract suite: test/contract/log-store.ts.
 */
export interface LogStore {
  /** Creates nothing before the first write. Call it once for each attempt. */
  begin(job_id: string, attempt: number): AttemptLog;

  /**
   * At most `most` bytes (`mostPieceBytes`, the default and the most) from byte `from` on, in whole characters, at least one;
   * empty if nothing is there. A negative `from` counts from the end, and the piece then begins with a line if one begins
   * within it. Must not slow with the length of the log.
   */
  read(job_id: string, from: number, most?: number): Promise<LogPiece>;
}
