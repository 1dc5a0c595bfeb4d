import type { EntryKey } from '../../core/model/entry/key.ts';

/** SQL for one part of the key of a done job's entry. */
export const ofResult = (part: keyof EntryKey): string =>
  `coalesce(json_extract(result, '$.${part}'), jobs.${part})`;
