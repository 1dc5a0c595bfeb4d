/** A server of S3 for tests: the one that CAB_TEST_S3 names, or that test/servers/ceph.sh starts. */
import { randomUUID } from 'node:crypto';
import { openBucket } from '../../src/compose/stores/s3/open-bucket.ts';
import type { StoreChoice } from '../../src/compose/stores/store-choice.ts';
import { bucketAddress } from '../../src/stores/s3/connection/bucket-address.ts';
import { BucketConnection } from '../../src/stores/s3/connection/bucket-connection.ts';
import { keysIn } from '../../src/stores/s3/folders.ts';
import { entryFolder } from '../../src/stores/s3/object-keys.ts';
import type { Bucket } from '../../src/stores/s3/connection/bucket.ts';
import { bytesBody } from '../../src/stores/s3/connection/request-body.ts';
import type { EntryKey } from '../../src/core/model/entry/key.ts';
import { tempDir } from './temp-dir.ts';

export const endpoint = process.env['CAB_TEST_S3'] ?? 'http://127.0.0.1:38080';

/** The variables with which a process uses the server. */
export const s3Env = {
  AWS_ACCESS_KEY_ID: 'cabkey',
  AWS_SECRET_ACCESS_KEY: 'cabsecret',
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_REGION: 'us-east-1',
};

/** Tests of a store in a bucket are skipped where no server answers. */
export const hasS3 = await answers();

async function answers(): Promise<boolean> {
  try {
    return (await fetch(endpoint, { signal: AbortSignal.timeout(2000) })).status < 500;
  } catch {
    return false;
  }
}

const bucketName = 'cab-tests';

/** A prefix of its own, in a bucket that all tests share. @param at another server than that of `hasS3` */
export async function freshStore(at = endpoint): Promise<StoreChoice> {
  await makeBucket(at);
  const cache = await tempDir();
  const url = `s3://${bucketName}/${randomUUID()}`;
  const env = { ...s3Env, AWS_ENDPOINT_URL_S3: at };
  return { url, cache, cacheBytes: 1 << 30, env };
}

const making = new Map<string, Promise<void>>();

function makeBucket(at: string): Promise<void> {
  const made = making.get(at) ?? make(at);
  making.set(at, made);
  return made;
}

async function make(at: string): Promise<void> {
  const connection = connectionTo(`s3://${bucketName}?endpoint=${at}`);
  await connection.ask({ method: 'PUT' }, async () => undefined);
  await connection.close();
}

/** @param waitMs how long the server may keep a request waiting */
export function connectionTo(
  url: string,
  pausesMs: readonly number[] = [50, 100],
  waitMs = 10_000,
) {
  const credentials = { accessKeyId: 'cabkey', secretAccessKey: 'cabsecret' };
  const address = bucketAddress(url, { endpoint, region: 'us-east-1' });
  return new BucketConnection({ address, credentials, waitMs, pausesMs });
}

/** Changes a byte of an object behind the back of every store, as nobody does who means well. */
export async function damage(bucket: Bucket, object: string, at = 0): Promise<void> {
  const bytes = await bucket.get(object);
  if (bytes === undefined) throw new Error(`${object} is not there`);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  // Without the digest that cab writes beside it.
  const connection = connectionTo(bucket.name);
  const request = { method: 'PUT', key: object, body: bytesBody(bytes) } as const;
  await connection.ask(request, async () => undefined);
  await connection.close();
}

export async function removeEntry(bucket: Bucket, key: EntryKey): Promise<void> {
  for (const object of await keysIn(bucket, entryFolder(key))) await bucket.remove(object);
}

export const bucketOf = (store: StoreChoice): Promise<Bucket> => openBucket(store);

/** Of all objects of a store, in their order. */
export async function bucketKeys(store: StoreChoice): Promise<readonly string[]> {
  const bucket = await bucketOf(store);
  try {
    return await keysIn(bucket, '');
  } finally {
    await bucket.close();
  }
}
