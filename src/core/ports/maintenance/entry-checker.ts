import type { EntryKey } from '../../model/entry/key.ts';
import type { FindingClass } from '../../model/report/verify-report.ts';

/** What is wrong with one file. Which tracks and jobs it affects is found later. */
export interface Problem {
  readonly class: FindingClass;
  /** As reports name it: relative to the root, with `/`. */
  readonly place: string;
  readonly message: string;
  readonly expected: string | null;
  readonly actual: string | null;
}

/** The result of checking one entry. */
export interface EntryOutcome {
  readonly key: EntryKey;
  /** As `EntryInventory.identities` gives it; null if the entry is gone. */
  readonly identity: number | null;
  /** The number of files whose content was read, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  readonly problems: readonly Problem[];
  /** For people. A note does not make the entry unsound. */
  readonly notes: readonly string[];
}

/** The result of one batch. It is small if all entries are sound, because it goes from thread to thread. */
export interface BatchOutcome {
  /** One per key, in the order of the keys; NaN if the entry is gone or not sound. */
  readonly identities: Float64Array;
  /** The number of files whose content was read, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  /** The entries with a problem. */
  readonly troubled: readonly EntryOutcome[];
  /** Notes about the other entries. */
  readonly notes: readonly string[];
}

/** The result of a batch of `count` entries. Of sound entries it keeps only numbers and notes. */
export function batchOf(count: number, outcomes: Iterable<EntryOutcome>): BatchOutcome {
  const identities = new Float64Array(count);
  const troubled: EntryOutcome[] = [];
  const notes: string[] = [];
  let [at, files, bytes] = [0, 0, 0];
  for (const outcome of outcomes) {
    const isSound = outcome.problems.length === 0;
    identities[at] = isSound ? (outcome.identity ?? Number.NaN) : Number.NaN;
    at += 1;
    files += outcome.files;
    bytes += outcome.bytes;
    if (!isSound) troubled.push(outcome);
    else notes.push(...outcome.notes);
  }
  return { identities, files, bytes, troubled, notes };
}

/**
 * Checks entries, several at once. It reads the manifest and each file that the manifest names.
 * Contract suite: test/contract/entry-checker.ts.
 */
export interface Checker {
  /** How many batches it checks at once. */
  readonly lanes: number;
  /** Must not report an entry as sound if the entry changes during the check. Rejects if the checker is closed. */
  check(keys: readonly EntryKey[]): Promise<BatchOutcome>;
  /** Bytes read so far, including files that are not finished yet. */
  readonly bytes: number;
  /** Stops running checks, even in the middle of a file. Idempotent. */
  close(): Promise<void>;
}
