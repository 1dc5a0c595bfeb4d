import { S3EntryStore } from '../../../stores/s3/entries/s3-entry-store.ts';
import { S3InputStore } from '../../../stores/s3/s3-input-store.ts';
import { S3LogStore } from '../../../stores/s3/s3-log-store.ts';
import { S3PointerStore } from '../../../stores/s3/s3-pointer-store.ts';
import { S3WriteProbe } from '../../../stores/s3/s3-write-probe.ts';
import type { Bucket } from '../../../stores/s3/connection/bucket.ts';
import type { MakeResults } from '../store-choice.ts';
import { inputsHere, logsHere } from '../open-job-files.ts';
import { cacheOf, openBucket, type BucketPlace } from './open-bucket.ts';

/** Entries and pointers in a bucket. Asks the server nothing yet. @throws as `openBucket` */
export async function openBucketResults(place: BucketPlace): Promise<MakeResults> {
  return bucketResults(await openBucket(place.store), place);
}

/** Closing the entries closes the bucket. */
export function bucketResults(
  bucket: Bucket,
  place: BucketPlace,
  cache = cacheOf(place, bucket),
): MakeResults {
  const { workspace } = cache;
  const { artifactName, manifestName } = place;
  return (onRead) => ({
    entries: new S3EntryStore({
      ...{ bucket, cache, workspace, artifactName, manifestName },
      ...(onRead && { onRead }),
    }),
    pointers: new S3PointerStore(bucket),
    probe: new S3WriteProbe(bucket),
    ...(place.queue !== undefined && {
      inputs: new S3InputStore(bucket, inputsHere(place)),
      logs: new S3LogStore(bucket, logsHere(place)),
    }),
  });
}
