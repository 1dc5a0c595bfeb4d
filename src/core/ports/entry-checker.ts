import type { EntryKey } from '../model/key.ts';
import type { FindingClass } from '../model/verify-report.ts';

/** What is wrong with one file, before it is known how it is reached. */
export interface Problem {
  readonly class: FindingClass;
  /** As reports name it: relative to the root, with `/`. */
  readonly place: string;
  readonly message: string;
  readonly expected: string | null;
  readonly actual: string | null;
}

/** What was found out about one entry. */
export interface EntryOutcome {
  readonly key: EntryKey;
  /** As the inventory gives it; null if the entry is gone. */
  readonly identity: number | null;
  /** Files whose content was looked at, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  readonly problems: readonly Problem[];
  /** For people; does not make the entry unsound. */
  readonly notes: readonly string[];
}

/** Small if all is well: it goes from thread to thread. */
export interface BatchOutcome {
  /** Of each key's entry, in their order; NaN if the entry is gone or not sound. */
  readonly identities: Float64Array;
  /** Files whose content was looked at, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  /** Those with something wrong. */
  readonly troubled: readonly EntryOutcome[];
  /** What is said of the others. */
  readonly notes: readonly string[];
}

/**
 * Looks at entries, at several at once: at the manifest, and at each file that it names.
 * Contract suite: test/contract/entry-checker.ts.
 */
export interface Checker {
  /** How many batches it works on at once. */
  readonly lanes: number;
  /** An entry that is changed meanwhile must not pass as sound. Rejects if it was stopped. */
  check(keys: readonly EntryKey[]): Promise<BatchOutcome>;
  /** Bytes read so far, of files that are being read too. */
  readonly bytes: number;
  /** Ends what runs, in the middle of a file too. Idempotent. */
  close(): Promise<void>;
}
