import type { EntryStore } from '../../ports/entry-store.ts';
import type { Explanation } from '../../model/explanation.ts';
import type { EntryKey } from '../../model/key.ts';
import type { JsonObject } from '../../model/job.ts';
import { differencesOf } from '../../publication/config-differences.ts';
import { configOf } from '../../publication/entry-config.ts';

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
    const inConfig =
      config === null ? [] : differencesOf(config, found ?? { config_hash: key.config_hash });
    // Where a hash was given, it alone may tell two configurations apart.
    const differences =
      inConfig.length > 0
        ? inConfig
        : [{ field: 'config_hash', wanted: wanted.config_hash, found: key.config_hash }];
    if (closest === null || differences.length < closest.differences.length)
      closest = { key, differences };
  }
  return closest;
}
