import type { EntryKey } from '../../../model/key.ts';
import type { EntryOutcome } from './check-entry.ts';

/** Looks at entries, on as many processors as it has. */
export interface Checker {
  /** How many batches it works on at once. */
  readonly lanes: number;
  /** Rejects where it was stopped. */
  check(keys: readonly EntryKey[]): Promise<BatchOutcome>;
  /** Bytes read so far, of files that are being read too. */
  readonly bytes: number;
  /** Ends what runs, in the middle of a file too. Idempotent. */
  close(): Promise<void>;
}

/** Small where all is well: it goes from thread to thread. */
export interface BatchOutcome {
  /** Of each key's directory, in their order; NaN where the entry is gone or not sound. */
  readonly inodes: Float64Array;
  /** Files whose content was looked at, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  /** Those with something wrong. */
  readonly troubled: readonly EntryOutcome[];
  /** What is said of the others. */
  readonly notes: readonly string[];
}
