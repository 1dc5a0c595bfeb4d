import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { maintainRoot } from '../../src/compose/stores/maintain-root.ts';
import type { RootPlace } from '../../src/compose/stores/store-choice.ts';
import { openRoot } from '../../src/compose/stores/open-root.ts';
import { bucketResults } from '../../src/compose/stores/s3/bucket-results.ts';
import { bucketRoot } from '../../src/compose/stores/s3/maintain-bucket.ts';
import { Bucket } from '../../src/stores/s3/connection/bucket.ts';
import { bytesBody } from '../../src/stores/s3/connection/request-body.ts';
import { S3Checker } from '../../src/stores/s3/maintenance/s3-checker.ts';
import { fileKey, indexFolder, pointerFileOf } from '../../src/stores/s3/object-keys.ts';
import type { MaintainedFixture } from '../contract/maintained.ts';
import { fileNames } from './file-names.ts';
import { connectionTo, damage, freshStore, removeEntry } from './s3.ts';
import { tempDir } from './temp-dir.ts';

/** A fresh root whose entries and pointers are in a bucket. */
export const s3Maintained = (): Promise<MaintainedFixture> => maintained(undefined);

/** As `s3Maintained`, and machines share its queue, so inputs are in the bucket. */
export const s3MaintainedShared = (url: string): Promise<MaintainedFixture> => maintained({ url });

async function maintained(queue: RootPlace['queue']): Promise<MaintainedFixture> {
  const root = await tempDir();
  const store = await freshStore();
  const place = { root, store, queue, ...fileNames };
  const open = (): Bucket => new Bucket(connectionTo(store.url));
  const bucket = open();
  const forgetCache = async (): Promise<void> => {
    if (store.cache !== undefined) await rm(store.cache, { recursive: true, force: true });
  };
  return {
    open: () => bucketRoot(open(), place, maintainRoot({ root, queue, ...fileNames })),
    stores: openRoot(place, bucketResults(open(), place)),
    checker: (quick) => new S3Checker({ bucket: open(), ...fileNames, quick }),
    damageEntry: async (key, file) => {
      await damage(bucket, fileKey(key, file));
      await forgetCache();
    },
    removeEntry: async (key) => {
      await removeEntry(bucket, key);
      await forgetCache();
    },
    damagePointer: async (track) =>
      bucket.put(indexFolder + pointerFileOf(track), { body: bytesBody(Buffer.from('no JSON')) }),
    damageInput: (path) => flip(path),
  };
}

/** In another file, for a kept one cannot be written. */
async function flip(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
  await rm(path);
  await writeFile(join(path), bytes);
}
