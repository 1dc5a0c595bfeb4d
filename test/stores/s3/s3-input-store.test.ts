import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/hashing/digest.ts';
import { FsInputStore } from '../../../src/stores/local/fs-input-store.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { inputsFolder } from '../../../src/stores/s3/object-keys.ts';
import { bytesBody } from '../../../src/stores/s3/connection/request-body.ts';
import { S3InputStore } from '../../../src/stores/s3/s3-input-store.ts';
import { describeInputStore } from '../../contract/input-store.ts';
import { bucketKeys, bucketOf, damage, freshStore, hasS3 } from '../../helpers/s3.ts';
import { faultyStore } from '../../helpers/s3-faulty.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const here = async () => new FsInputStore(layoutOf(await tempDir()));

describe.skipIf(!hasS3)('in a bucket', () => {
  describeInputStore('S3', async () => {
    const bucket = await bucketOf(await freshStore());
    return new S3InputStore(bucket, await here());
  });

  const bytes = Buffer.from([0xff, 0, 0xc0]);

  it('gives another machine what one kept', async () => {
    const bucket = await bucketOf(await freshStore());
    const [one, other] = [
      new S3InputStore(bucket, await here()),
      new S3InputStore(bucket, await here()),
    ];
    const place = one.placeOf({ bytes }, false);
    expect(await one.keep({ bytes }, place)).toBeUndefined();
    const there = other.currentPlace(place);
    expect(there).not.toBe(place);
    await Promise.all([other.fetch(there), other.fetch(there)]);
    expect(await readFile(there)).toEqual(bytes);
  });

  it('sends a database once, and fetches it once for all who ask together', async () => {
    const { choice, server } = await faultyStore();
    const bucket = await bucketOf({ ...choice, url: `${choice.url}?endpoint=${server.url}` });
    const [one, other] = [
      new S3InputStore(bucket, await here()),
      new S3InputStore(bucket, await here()),
    ];
    const file = join(await tempDir(), 'spine.db');
    await writeFile(file, bytes);
    const places = await Promise.all([1, 2, 3].map(() => one.keepFile(file, sha256(bytes))));
    const there = other.currentPlace(places[0] ?? '');
    await Promise.all([1, 2, 3].map(() => other.fetch(there)));
    expect(await readFile(there)).toEqual(bytes);
    const asked = (of: string) => server.seen.filter(({ method }) => method === of).length;
    expect([asked('PUT'), asked('GET')]).toEqual([1, 1]);
  });

  it('sends a database again where other bytes have taken its place', async () => {
    const bucket = await bucketOf(await freshStore());
    const store = new S3InputStore(bucket, await here());
    const file = join(await tempDir(), 'spine.db');
    await writeFile(file, bytes);
    await bucket.put(`${inputsFolder}${sha256(bytes)}`, { body: bytesBody(Buffer.from('other')) });
    const place = (await store.keepFile(file, sha256(bytes))) ?? '';
    await store.fetch(place);
    expect(await readFile(place)).toEqual(bytes);
  });

  it('leaves the file that another process fetched meanwhile, which its runner may be reading', async () => {
    const local = await here();
    const place = local.placeOfFile(sha256(bytes));
    const pieces = async function* () {
      yield bytes;
      await writeFile(place, 'of another process');
    };
    await local.receive(place, pieces());
    expect(await readFile(place, 'utf8')).toBe('of another process');
    await local.receive(place, pieces(), true);
    expect(await readFile(place)).toEqual(bytes);
  });

  it('gives nobody bytes that are not what their name says', async () => {
    const store = await freshStore();
    const bucket = await bucketOf(store);
    const one = new S3InputStore(bucket, await here());
    const place = one.placeOf({ bytes }, false);
    await one.keep({ bytes }, place);
    const [key = ''] = (await bucketKeys(store)).filter((name) => name.startsWith(inputsFolder));
    await damage(bucket, key);
    const other = new S3InputStore(bucket, await here());
    const there = other.currentPlace(place);
    await expect(other.fetch(there)).rejects.toMatchObject({ code: 'hash_mismatch' });
    await expect(readFile(there)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
