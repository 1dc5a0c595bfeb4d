import type { EntryStore } from '../cas/entry-store.ts';
import { isCabError } from '../errors.ts';
import { exactText } from '../exact-json.ts';
import type { Difference, Explanation } from '../model/explanation.ts';
import type { EntryKey } from '../model/key.ts';
import type { JsonObject } from '../model/job.ts';

/** The entry of the same source whose configuration differs in the fewest fields. */
export async function closestEntry(
  wanted: EntryKey,
  config: JsonObject | null,
  entries: EntryStore,
): Promise<Explanation['closest']> {
  let closest: Explanation['closest'] = null;
  for await (const key of entries.keysOfSource(wanted.source_hash)) {
    const found = await configOf(key, entries);
    if (found === undefined) continue;
    const differences = differencesOf(
      config ?? { config_hash: wanted.config_hash },
      config === null ? { config_hash: key.config_hash } : found,
    );
    if (closest === null || differences.length < closest.differences.length)
      closest = { key, differences };
  }
  return closest;
}

/** Undefined for an entry that is not whole, or whose manifest cannot be parsed. */
async function configOf(key: EntryKey, entries: EntryStore): Promise<unknown> {
  try {
    const found = await entries.find(key);
    return found && (found.manifest.config ?? { config_hash: key.config_hash });
  } catch (error) {
    if (isCabError(error, 'manifest_invalid')) return undefined;
    throw error;
  }
}

function differencesOf(
  wanted: unknown,
  found: unknown,
  path: readonly string[] = [],
): Difference[] {
  if (isObject(wanted) && isObject(found)) {
    const fields = new Set([...Object.keys(wanted), ...Object.keys(found)]);
    return [...fields].flatMap((field) =>
      differencesOf(wanted[field], found[field], [...path, field]),
    );
  }
  return exactText(wanted) === exactText(found) ? [] : [{ field: path.join('.'), wanted, found }];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
