/** A part of what the runner of a job wrote. */
export interface LogPiece {
  readonly text: string;
  /** Where the piece begins, in bytes. It is after the byte that was asked for if that lies within a character. */
  readonly from: number;
  /** Where the next piece begins, in bytes. */
  readonly next: number;
  /** How much was written so far, in bytes. */
  readonly size: number;
}

/** The heading before the output of an attempt in a log; the first attempt has none. */
export const attemptHeading = (attempt: number): string =>
  attempt > 1 ? `--- attempt ${attempt} ---\n` : '';

/** What one attempt may write before the rest is dropped: a runner in a loop must not fill the disk. */
export const mostAttemptBytes = 32 << 20;

/** The note in a log that the rest of an attempt's output was dropped. */
export const droppedNote = `\n--- the rest of the output was dropped after ${mostAttemptBytes >> 20} MiB ---\n`;

/** The longest piece that one call reads. */
export const mostPieceBytes = 1 << 20;
