import type { EntryStore } from '../ports/entry-store.ts';
import { isCabError } from '../model/errors.ts';
import type { EntryKey } from '../model/entry/key.ts';

/** What the manifest of an entry says of how it was made. */
export interface EntryConfig {
  /** The configuration; null if there is none. */
  readonly config: unknown;
  /** ISO 8601; null if it is not told. */
  readonly created_at: string | null;
}

/** Undefined if the entry is not whole or its manifest cannot be parsed. */
export async function configOf(
  key: EntryKey,
  entries: EntryStore,
): Promise<EntryConfig | undefined> {
  try {
    const found = await entries.find(key);
    return (
      found && {
        config: found.manifest.config ?? null,
        created_at: found.manifest.created_at ?? null,
      }
    );
  } catch (error) {
    if (isCabError(error, 'manifest_invalid')) return undefined;
    throw error;
  }
}
