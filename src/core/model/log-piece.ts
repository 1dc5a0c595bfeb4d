/** A part of what the runner of a job wrote. */
export interface LogPiece {
  readonly text: string;
  /** Where the next piece begins, in bytes. */
  readonly next: number;
}
