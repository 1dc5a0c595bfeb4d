import { formatKey, type EntryKey } from '../model/entry/key.ts';
import type { Manifest } from '../model/entry/manifest.ts';
import { sealOf } from './manifest-seal.ts';

export interface ManifestFaults {
  /** Why the manifest is damaged. */
  readonly faults: readonly string[];
  /** For people. A note does not make the manifest damaged. */
  readonly notes: readonly string[];
}

/**
 * What is wrong with a manifest that was parsed and lies in the place of `key`. If cab wrote the manifest, a wrong name in it is
 * damage. If another program did, it is a note: the place gives the key.
 */
export function manifestFaults(
  manifest: Manifest,
  bytes: Uint8Array,
  key: EntryKey,
): ManifestFaults {
  const names = wrongNames(manifest, key);
  const sealing = faultOfSeal(Buffer.from(bytes).toString('utf8'));
  const isOwn = manifest.cab_version != null;
  return { faults: [...sealing, ...(isOwn ? names : [])], notes: isOwn ? [] : names };
}

function faultOfSeal(text: string): string[] {
  const seal = sealOf(text);
  if (seal === 'broken') return ['the manifest does not match its own digest'];
  if (seal === 'none' && text.includes('"cab_version":"'))
    return ['the manifest has lost its own digest'];
  return [];
}

function wrongNames(manifest: Manifest, key: EntryKey): string[] {
  const { config_hash, source_hash, artifact, cab_version } = manifest;
  const wrong: string[] = [];
  const said = {
    config_hash: config_hash ?? key.config_hash,
    source_hash: source_hash ?? key.source_hash,
  };
  if (formatKey(said) !== formatKey(key))
    wrong.push(`the manifest is that of another entry, ${formatKey(said)}`);
  // A runner may give its artifact its own etag, which cab keeps. A seal shows whether it was changed since.
  if (cab_version == null && artifact.etag != null && artifact.etag !== artifact.sha256)
    wrong.push(
      'the etag of the manifest is not the digest of its artifact, which is served in its place',
    );
  return wrong;
}
