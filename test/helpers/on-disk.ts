import { isLight, type GatheredEntry } from '../../src/core/engine/attempt/outcome/gather.ts';
import type { StagedEntry } from '../../src/core/ports/workspace.ts';

/** An entry that was gathered into a directory, as it is if nothing may stay in memory. */
export function onDisk(entry: GatheredEntry): StagedEntry {
  if (isLight(entry)) throw new Error('the entry is in memory');
  return entry;
}
