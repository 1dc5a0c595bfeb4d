import type { Problem } from './entry-checker.ts';
import type { TellStays } from './trash.ts';

/** An input that the root keeps for jobs. */
export interface KeptInput {
  /** The last part of the path that jobs record. */
  readonly name: string;
  /** When it was last written, in milliseconds of wall time. */
  readonly modified: number;
}

/** What a check says of one. */
export const otherThanItsName =
  'what is kept for jobs does not match the digest in its name: submit those jobs again';

/**
 * Inputs that are kept for jobs, as garbage collection and verify need them. A path is as a job records it: the root may have
 * moved since. Contract suite: test/contract/kept-inputs.ts.
 */
export interface KeptInputs {
  /** In no order, some dozens at a time. */
  list(): AsyncIterable<readonly KeptInput[]>;

  /**
   * Removes an input that the caller condemned. False if it was written since it was listed, or cannot be removed; the latter
   * is reported.
   */
  discard(input: KeptInput, tell: TellStays): Promise<boolean>;

  /** The place where the input should be, as reports name it, if the input is not there. */
  missing(path: string): Promise<string | undefined>;

  /** Reads all inputs, and yields those that cannot be read or do not match the digest in their name. */
  check(): AsyncIterable<readonly Problem[]>;

  /** The current path of the input, for a job that is submitted again. */
  pathOf(path: string): string;
}
