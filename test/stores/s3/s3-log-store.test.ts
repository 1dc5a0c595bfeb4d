import { describe, expect, it } from 'vitest';
import { FsLogStore } from '../../../src/stores/local/fs-log-store.ts';
import { FsLogInventory } from '../../../src/stores/local/inventory/fs-leftovers.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import type { Bucket } from '../../../src/stores/s3/connection/bucket.ts';
import { S3LogInventory } from '../../../src/stores/s3/maintenance/s3-log-inventory.ts';
import { S3LogStore } from '../../../src/stores/s3/s3-log-store.ts';
import type { LogStore } from '../../../src/core/ports/log-store.ts';
import { describeLogStore } from '../../contract/log-store.ts';
import { bucketOf, freshStore, hasS3 } from '../../helpers/s3.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

async function machine(bucket: Bucket) {
  const layout = layoutOf(await tempDir());
  const here = new FsLogStore(layout);
  const inventory = new S3LogInventory(bucket, new FsLogInventory(layout));
  return { here, inventory, logs: new S3LogStore(bucket, here) };
}

async function write(logs: LogStore, attempt: number, text: string): Promise<void> {
  const log = logs.begin('job', attempt);
  log.write(text);
  await log.close();
}

const textOf = async (logs: LogStore): Promise<string> => (await logs.read('job', 0)).text;

describe.skipIf(!hasS3)('in a bucket', () => {
  const freshBucket = async (): Promise<Bucket> => bucketOf(await freshStore());

  describeLogStore('S3', async () => (await machine(await freshBucket())).logs);

  it('gives every machine the attempts of all, in their order', async () => {
    const bucket = await freshBucket();
    const [one, other] = [await machine(bucket), await machine(bucket)];
    await write(one.logs, 1, 'one\n');
    await write(other.logs, 2, 'two\n');
    await write(one.logs, 11, 'three\n');
    const whole = 'one\n--- attempt 2 ---\ntwo\n--- attempt 11 ---\nthree\n';
    expect(await textOf(one.logs)).toBe(whole);
    expect(await textOf(other.logs)).toBe(whole);
    const from = whole.indexOf('wo');
    expect(await other.logs.read('job', from, 12)).toMatchObject({
      text: whole.slice(from, from + 12),
    });
    expect(await other.logs.read('job', -8)).toMatchObject({ text: 'three\n', next: whole.length });
  });

  it('shows where it is written what is not there yet, in the place where it will be', async () => {
    const bucket = await freshBucket();
    const [one, other] = [await machine(bucket), await machine(bucket)];
    await write(other.logs, 1, 'before\n');
    const log = one.logs.begin('job', 2);
    log.write('now\n');
    const seen = await one.logs.read('job', 0);
    expect(seen.text).toBe('before\n--- attempt 2 ---\nnow\n');
    expect(await textOf(other.logs)).toBe('before\n');
    await log.close();
    await log.close();
    expect(await one.logs.read('job', 0)).toEqual(seen);
    expect(await textOf(other.logs)).toBe(seen.text);
  });

  it('keeps the log of a run that was handed back, before that of the next one', async () => {
    const bucket = await freshBucket();
    const [one, other] = [await machine(bucket), await machine(bucket)];
    await write(one.logs, 1, 'handed back\n');
    const before = await other.logs.read('job', 0);
    await write(other.logs, 1, 'whole\n');
    expect(await textOf(one.logs)).toBe('handed back\nwhole\n');
    expect((await one.logs.read('job', before.next)).text).toBe('whole\n');
  });

  it('sends with an attempt what another one left here when its process died', async () => {
    const bucket = await freshBucket();
    const [one, other] = [await machine(bucket), await machine(bucket)];
    one.here.begin('job', 1).write('cut off');
    await write(one.logs, 2, 'whole\n');
    expect(await textOf(other.logs)).toBe('cut off--- attempt 2 ---\nwhole\n');
  });

  it('keeps what cannot be sent', async () => {
    const store = await freshStore();
    const env = { ...store.env, AWS_SECRET_ACCESS_KEY: 'other' };
    const { logs, here } = await machine(await bucketOf({ ...store, env }));
    await write(logs, 1, 'kept\n');
    expect(await here.read('job', 0)).toMatchObject({ text: 'kept\n' });
  });

  it('lists each job once, and removes all of its log', async () => {
    const bucket = await freshBucket();
    const [one, other] = [await machine(bucket), await machine(bucket)];
    await write(one.logs, 1, 'sent');
    one.here.begin('job', 2).write('here');
    one.here.begin('another', 1).write('here');
    const listed: string[] = [];
    for await (const ids of one.inventory.ids()) listed.push(...ids);
    expect(listed.sort()).toEqual(['another', 'job']);
    const tell = (): never => {
      throw new Error('nothing may stay');
    };
    expect(await one.inventory.remove('job', tell)).toBe(true);
    expect(await textOf(other.logs)).toBe('');
    expect(await textOf(one.logs)).toBe('');
  });
});
