import type { EntryKey } from '../../../core/model/key.ts';
import type { BatchOutcome, EntryOutcome } from '../../../core/ports/entry-checker.ts';
import { checkEntry, type CheckOptions } from './check-entry.ts';
import type { Meter } from './read-file.ts';

/** Checks a batch of entries for verify, and keeps no more than numbers for the sound ones. */
export function checkBatch(
  keys: readonly EntryKey[],
  options: CheckOptions,
  meter: Meter,
): BatchOutcome {
  const identities = new Float64Array(keys.length);
  const troubled: EntryOutcome[] = [];
  const notes: string[] = [];
  let files = 0;
  let bytes = 0;
  for (const [at, key] of keys.entries()) {
    const outcome = checkEntry(key, options, meter);
    const isSound = outcome.problems.length === 0;
    identities[at] = isSound ? (outcome.identity ?? Number.NaN) : Number.NaN;
    files += outcome.files;
    bytes += outcome.bytes;
    if (!isSound) troubled.push(outcome);
    else notes.push(...outcome.notes);
  }
  return { identities, files, bytes, troubled, notes };
}
