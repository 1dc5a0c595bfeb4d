import type { Explanation } from '../../../model/job/explanation.ts';
import type { EntryKey } from '../../../model/entry/key.ts';
import type { JsonObject } from '../../../model/job/job.ts';
import { differencesOf } from '../../../publication/config-differences.ts';
import type { SourceConfigs } from './source-configs.ts';

/** The entry of the same source whose configuration differs in the fewest fields; if several do, the first. */
export function closestEntry(
  wanted: EntryKey,
  config: JsonObject | null,
  { found: entries }: SourceConfigs,
): Explanation['closest'] {
  let closest: Explanation['closest'] = null;
  for (const { key, config: found } of entries) {
    const inConfig =
      config === null ? [] : differencesOf(config, found ?? { config_hash: key.config_hash });
    // If a hash was given, only the hash may tell two configurations apart.
    const differences =
      inConfig.length > 0
        ? inConfig
        : [{ field: 'config_hash', wanted: wanted.config_hash, found: key.config_hash }];
    if (closest === null || differences.length < closest.differences.length)
      closest = { key, differences };
  }
  return closest;
}
