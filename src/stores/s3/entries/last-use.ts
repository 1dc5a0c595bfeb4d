import type { EntryKey } from '../../../core/model/entry/key.ts';
import type { Bucket } from '../connection/bucket.ts';
import { fileKey, usedKey } from '../object-keys.ts';

/** When an entry was published, or a job last relied on it, in milliseconds of wall time; undefined if it is not there. */
export async function lastUse(
  bucket: Bucket,
  key: EntryKey,
  manifestName: string,
): Promise<number | undefined> {
  const [manifest, used] = await Promise.all([
    bucket.head(fileKey(key, manifestName)),
    bucket.head(usedKey(key)),
  ]);
  return manifest && Math.max(manifest.modified, used?.modified ?? 0);
}
