import type { Problem } from './entry-checker.ts';
import type { Reliances } from './retention.ts';
import type { TellStays } from './trash.ts';

/** An input that the root keeps for jobs. */
export interface KeptInput {
  /** The last part of the path that jobs name it by. */
  readonly name: string;
  /** When it was last written, in milliseconds of wall time. */
  readonly modified: number;
}

/**
 * Inputs that were kept for jobs. A path is as a job names it: the root may have moved since.
 * Contract suite: test/contract/kept-inputs.ts.
 */
export interface KeptInputs {
  /** In no order, some dozens at a time. */
  list(): AsyncIterable<readonly KeptInput[]>;

  /**
   * Removes an input, unless a job that was accepted after `upTo` needs it or it was written since. Whoever accepts a job
   * after this must find it gone. What cannot be removed stays and is told.
   */
  discard(
    input: KeptInput,
    upTo: number,
    tell: TellStays,
  ): Promise<{ readonly isRemoved: boolean; readonly arrived: Reliances }>;

  /** The place where the input should be, as reports name it, if it is not there. */
  missing(path: string): Promise<string | undefined>;

  /** Reads all of them, and gives those that cannot be read, or do not match the digest in their name. */
  check(): AsyncIterable<readonly Problem[]>;

  /** Where the input lies now, for a job that is submitted again. */
  pathOf(path: string): string;
}
