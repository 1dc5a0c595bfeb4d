import type { EntryKey } from '../../../model/key.ts';
import { checkEntry, type CheckOptions, type EntryOutcome } from './check-entry.ts';
import type { BatchOutcome } from './checker.ts';
import type { Meter } from './read-file.ts';

export function checkBatch(
  keys: readonly EntryKey[],
  options: CheckOptions,
  meter: Meter,
): BatchOutcome {
  const inodes = new Float64Array(keys.length);
  const troubled: EntryOutcome[] = [];
  const notes: string[] = [];
  let files = 0;
  let bytes = 0;
  for (const [at, key] of keys.entries()) {
    const outcome = checkEntry(key, options, meter);
    const isSound = outcome.problems.length === 0;
    inodes[at] = isSound ? (outcome.inode ?? Number.NaN) : Number.NaN;
    files += outcome.files;
    bytes += outcome.bytes;
    if (!isSound) troubled.push(outcome);
    else notes.push(...outcome.notes);
  }
  return { inodes, files, bytes, troubled, notes };
}
