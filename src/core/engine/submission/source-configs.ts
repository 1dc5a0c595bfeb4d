import type { EntryStore } from '../../ports/entry-store.ts';
import type { EntryKey } from '../../model/key.ts';
import { configOf } from '../../publication/entry-config.ts';
import { LoopTurns } from '../../../support/loop-turns.ts';

/**
 * What a search looks at, the last used entries first: many songs under many configurations make a root in which a
 * search of all would take minutes, and keep a daemon from other requests.
 */
export const searchLimits = { configurations: 10_000, keys: 1000 };

/** Entries of one source, with what their manifests say of their configurations. */
export interface SourceConfigs {
  readonly found: readonly { readonly key: EntryKey; readonly config: unknown }[];
  /** False where the root has more than the search looked at. */
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
  const found: { key: EntryKey; config: unknown }[] = [];
  for (const key of keys) {
    signal.throwIfAborted();
    const config = await configOf(key, entries);
    if (config !== undefined) found.push({ key, config });
    await turns.next();
  }
  return { found, isWhole };
}
