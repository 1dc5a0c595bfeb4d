import type { EntryStore } from '../ports/entry-store.ts';
import { isCabError } from '../model/errors.ts';
import type { EntryKey } from '../model/key.ts';

/**
 * The configuration in the manifest of an entry; null if there is none; undefined if the entry is not whole or its manifest
 * cannot be parsed.
 */
export async function configOf(key: EntryKey, entries: EntryStore): Promise<unknown> {
  try {
    const found = await entries.find(key);
    return found && (found.manifest.config ?? null);
  } catch (error) {
    if (isCabError(error, 'manifest_invalid')) return undefined;
    throw error;
  }
}
