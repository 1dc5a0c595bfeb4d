import { join } from 'node:path';
import { sha256 } from '../../../core/hashing/digest.ts';
import { CabError } from '../../../core/model/errors.ts';
import { FsEntryCache } from '../../../stores/local/fs-entry-cache.ts';
import { layoutOf } from '../../../stores/local/layout.ts';
import { Bucket } from '../../../stores/s3/connection/bucket.ts';
import { bucketAddress } from '../../../stores/s3/connection/bucket-address.ts';
import { BucketConnection } from '../../../stores/s3/connection/bucket-connection.ts';
import { surroundingsIn } from '../../../stores/s3/connection/credentials.ts';
import type { RootPlace, StoreChoice } from '../store-choice.ts';

/** Milliseconds. Servers that are busy are asked again for about ten seconds. */
const waitMs = 30_000;
const pausesMs = [100, 200, 500, 1000, 2000, 4000];

/** @throws CabError usage for the address; store_refused if there are no credentials */
export async function openBucket({ url, env }: StoreChoice): Promise<Bucket> {
  const around = await surroundingsIn(env);
  const address = bucketAddress(url, around);
  if (around.credentials === undefined)
    throw new CabError('store_refused', `there are no credentials for ${address.name}`, {
      hint: `Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile ${around.profile} in ~/.aws/credentials.`,
      details: { store: address.name },
    });
  const { credentials } = around;
  return new Bucket(new BucketConnection({ address, credentials, waitMs, pausesMs }));
}

export interface BucketPlace extends RootPlace {
  readonly store: StoreChoice;
}

/** A cache of its own for each bucket: two may have other entries under one key. */
export function cacheOf({ root, store, ...names }: BucketPlace, bucket: Bucket): FsEntryCache {
  const home = store.cache ?? join(layoutOf(root).private, 'cached-entries');
  const name = sha256(bucket.place).slice(0, 16);
  return new FsEntryCache({ ...names, directory: join(home, name), bytes: store.cacheBytes });
}
