import { describe } from 'vitest';
import { S3PointerStore } from '../../../src/stores/s3/s3-pointer-store.ts';
import { S3PinStore } from '../../../src/stores/s3/maintenance/s3-pin-store.ts';
import { describePinStore } from '../../contract/pin-store.ts';
import { describePointerStore } from '../../contract/pointer-store.ts';
import { bucketOf, freshStore, hasS3 } from '../../helpers/s3.ts';

describe.skipIf(!hasS3)('in a bucket', () => {
  describePointerStore('S3', async () => new S3PointerStore(await bucketOf(await freshStore())));

  describePinStore('S3', async () => {
    const bucket = await bucketOf(await freshStore());
    return { open: () => new S3PinStore(bucket) };
  });
});
