import { sha256 } from '../../src/core/hashing/digest.ts';
import { bytesOf, sealed } from '../../src/core/hashing/manifest-seal.ts';
import type { EntryKey } from '../../src/core/model/entry/key.ts';
import type { LightEntry } from '../../src/core/ports/made-entry.ts';

/** A small entry with one artifact, `a.json`, and what stands beside it. */
export function lightEntry(
  key: EntryKey,
  text: string,
  others: Readonly<Record<string, string>> = {},
): LightEntry {
  const facts = (path: string, content: string) => ({
    ...{ path, sha256: sha256(content), size: Buffer.byteLength(content) },
    content_type: 'application/json',
  });
  const artifact = facts('a.json', text);
  const manifest = sealed({
    ...key,
    artifact: { ...artifact, etag: artifact.sha256 },
    files: Object.entries(others).map(([path, content]) => facts(path, content)),
  });
  return {
    ...{ key, artifact: 'a.json', manifestName: 'manifest.json', manifest, mode: 0o444 },
    files: [
      { path: 'a.json', bytes: Buffer.from(text) },
      ...Object.entries(others).map(([path, content]) => ({ path, bytes: Buffer.from(content) })),
      { path: 'manifest.json', bytes: bytesOf(manifest) },
    ],
  };
}
