import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { cacheOf } from '../../../src/compose/stores/s3/open-bucket.ts';
import { formatKey, type EntryKey } from '../../../src/core/model/entry/key.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { FsWorkspace } from '../../../src/stores/local/staging/fs-workspace.ts';
import { S3EntryStore } from '../../../src/stores/s3/entries/s3-entry-store.ts';
import { fileKey } from '../../../src/stores/s3/object-keys.ts';
import { describeEntryStore } from '../../contract/entry-store.ts';
import { fileNames } from '../../helpers/file-names.ts';
import { bucketOf, damage, freshStore, hasS3 } from '../../helpers/s3.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describe.skipIf(!hasS3)('in a bucket', () => {
  describeEntryStore('S3', async () => {
    const choice = await freshStore();
    const caches: string[] = [];
    const open = async () => {
      const cache = await tempDir();
      caches.push(cache);
      const bucket = await bucketOf(choice);
      const kept = cacheOf({ root: cache, ...fileNames, store: { ...choice, cache } }, bucket);
      const { workspace } = kept;
      return new S3EntryStore({ bucket, cache: kept, workspace, ...fileNames });
    };
    const bucket = await bucketOf(choice);
    /** What lies in a cache is damaged or removed with what lies in the bucket. */
    const inCaches = async (key: EntryKey, act: (dir: string) => Promise<void>) => {
      for (const cache of caches) {
        const { readdir } = await import('node:fs/promises');
        for (const name of await readdir(cache))
          await act(join(cache, name, 'echo', formatKey(key))).catch(() => undefined);
      }
    };
    return {
      store: await open(),
      other: await open(),
      workspace: new FsWorkspace(layoutOf(await tempDir()), () => undefined),
      damage: async (key, name, at = 0) => {
        await damage(bucket, fileKey(key, name), at);
        await inCaches(key, async (dir) => {
          const path = join(dir, name);
          const bytes = await readFile(path);
          bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
          await writeFile(path, bytes, { flag: 'r+' });
        });
      },
      remove: async (key, name) => {
        await bucket.remove(fileKey(key, name));
        await inCaches(key, (dir) => rm(join(dir, name)));
      },
    };
  });
});
