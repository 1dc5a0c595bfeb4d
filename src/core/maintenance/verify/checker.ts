import type { EntryKey } from '../../model/key.ts';
import type { EntryOutcome } from './check-entry.ts';

/** Looks at entries, on as many processors as it has. */
export interface Checker {
  /** How many batches it works on at once. */
  readonly lanes: number;
  /** Outcomes in the order of the keys. Rejects where it was stopped. */
  check(keys: readonly EntryKey[]): Promise<readonly EntryOutcome[]>;
  /** Bytes read so far, of files that are being read too. */
  readonly bytes: number;
  /** Ends what runs, in the middle of a file too. Idempotent. */
  close(): Promise<void>;
}
