import type { EntryKey } from '../../../core/model/entry/key.ts';
import {
  batchOf,
  type BatchOutcome,
  type EntryOutcome,
} from '../../../core/ports/maintenance/entry-checker.ts';
import { checkEntry, type CheckOptions } from './check-entry.ts';
import type { Meter } from './read-file.ts';

/** Checks a batch of entries for verify, one after another. */
export const checkBatch = (
  keys: readonly EntryKey[],
  options: CheckOptions,
  meter: Meter,
): BatchOutcome => batchOf(keys.length, checked(keys, options, meter));

function* checked(
  keys: readonly EntryKey[],
  options: CheckOptions,
  meter: Meter,
): Generator<EntryOutcome> {
  for (const key of keys) yield checkEntry(key, options, meter);
}
