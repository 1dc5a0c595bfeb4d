import { isConfigHash, type EntryKey } from '../../../core/model/entry/key.ts';
import type { SourceKeys } from '../../../core/ports/entry-store.ts';
import type { Bucket } from '../connection/bucket.ts';
import { entriesFolder } from '../object-keys.ts';
import { lastUse } from './last-use.ts';

/** As `EntryStore.keysOfSource`. A listing has no order of use, so it looks at the configurations that it lists first. */
export async function keysOfSource(
  { bucket, manifestName }: { readonly bucket: Bucket; readonly manifestName: string },
  source_hash: string,
  most: { readonly configurations: number; readonly keys: number },
): Promise<SourceKeys> {
  const configurations: string[] = [];
  for await (const folders of bucket.folders(entriesFolder)) {
    configurations.push(...folders.filter(isConfigHash));
    if (configurations.length > most.configurations) break;
  }
  const looked = configurations.slice(0, most.configurations);
  const used = await Promise.all(
    looked.map(async (config_hash) => {
      const key: EntryKey = { config_hash, source_hash };
      return { key, at: await lastUse(bucket, key, manifestName) };
    }),
  );
  const there = used.flatMap(({ key, at }) => (at === undefined ? [] : [{ key, at }]));
  const keys = there.toSorted((one, other) => other.at - one.at).map(({ key }) => key);
  return {
    keys: keys.slice(0, most.keys),
    isWhole: looked.length === configurations.length && keys.length <= most.keys,
  };
}
