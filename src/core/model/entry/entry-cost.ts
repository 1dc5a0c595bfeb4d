import { isCabError } from '../errors.ts';
import type { EntryKey } from './key.ts';
import type { Manifest } from './manifest.ts';

/** What the run that made an entry took, and how large the entry is. */
export interface EntryCost {
  /** Milliseconds; 0 if its manifest does not say. */
  readonly ms: number;
  readonly bytes: number;
}

/** As the manifest says. Of an entry that was collected since, or has no sound manifest, nothing is known: 0. */
export async function entryCost(
  key: EntryKey,
  manifestOf: (key: EntryKey) => Promise<Manifest>,
): Promise<EntryCost> {
  try {
    const { started_at, ended_at, artifact, files } = await manifestOf(key);
    const ms = Date.parse(ended_at ?? '') - Date.parse(started_at ?? '');
    const sizes = [artifact, ...(files ?? [])].map(({ size }) =>
      typeof size === 'number' ? size : 0,
    );
    return { ms: ms > 0 ? ms : 0, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  } catch (error) {
    if (isCabError(error, 'not_found', 'manifest_invalid', 'store_unreadable'))
      return { ms: 0, bytes: 0 };
    throw error;
  }
}
