import { exactText } from '../../../model/json/exact-json.ts';
import type { EntryKey } from '../../../model/entry/key.ts';
import type { JsonObject } from '../../../model/job/job.ts';
import { isObject } from '../../../publication/config-differences.ts';
import type { SourceConfigs } from './source-configs.ts';

/**
 * Finds an entry of the same work whose key was made by older rules (adr/0018): inputs of programs were hashed as JSON if they
 * are JSON, digests of code covered less, every artifact was called historical_echo.json. Such an entry is no hit. If its
 * version is a digest of code, nobody can tell whether the code was the same.
 */
export function olderEntry(config: JsonObject, sources: readonly SourceConfigs[]): EntryKey | null {
  for (const { found } of sources)
    for (const { key, config: other } of found) if (isOlderForm(config, other)) return key;
  return null;
}

function isOlderForm(wanted: JsonObject, found: unknown): boolean {
  if (!isObject(found) || 'input_format' in found) return false;
  const isOtherFormat = 'input_format' in wanted;
  const isOtherName =
    wanted['artifact_name'] === 'output' && found['artifact_name'] === 'historical_echo.json';
  if (!isOtherFormat && !isOtherName) return false;
  if (!isOtherName && wanted['artifact_name'] !== found['artifact_name']) return false;
  return (
    isSameRunner(wanted['runner'], found['runner']) &&
    sameFields.every((field) => exactText(wanted[field]) === exactText(found[field]))
  );
}

const sameFields = ['artifact_schema', 'manifest_schema', 'probe', 'runner_kwargs', 'db_hash'];

function isSameRunner(wanted: unknown, found: unknown): boolean {
  if (!isObject(wanted) || !isObject(found) || wanted['name'] !== found['name']) return false;
  return wanted['version'] === found['version'] || [wanted, found].every(isVersionedByCode);
}

const isVersionedByCode = ({ version }: Readonly<Record<string, unknown>>): boolean =>
  typeof version === 'string' && version.startsWith('sha256:');
