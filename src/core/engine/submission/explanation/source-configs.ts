import type { EntryStore } from '../../../ports/entry-store.ts';
import type { EntryKey } from '../../../model/entry/key.ts';
import { configOf, type EntryConfig } from '../../../publication/entry-config.ts';
import { LoopTurns } from '../../../../support/loop-turns.ts';

/**
 * How much a search reads, the last used entries first. In a root with many songs and configurations, a full search would take
 * minutes and block other requests of a daemon.
 */
export const searchLimits = { configurations: 10_000, keys: 1000 };

/** Entries of one source, with the configurations that their manifests give. */
export interface SourceConfigs {
  readonly found: readonly (EntryConfig & { readonly key: EntryKey })[];
  /** False if the root has more than the search read. */
  readonly isWhole: boolean;
}

const turns = new LoopTurns();

/** Entries that are not whole are left out. Throws the signal's reason. */
export async function configsOfSource(
  source_hash: string,
  entries: EntryStore,
  signal: AbortSignal,
): Promise<SourceConfigs> {
  const { keys, isWhole } = await entries.keysOfSource(source_hash, searchLimits);
  const found: SourceConfigs['found'][number][] = [];
  for (const key of keys) {
    signal.throwIfAborted();
    const config = await configOf(key, entries);
    if (config !== undefined) found.push({ key, ...config });
    await turns.next();
  }
  return { found, isWhole };
}
