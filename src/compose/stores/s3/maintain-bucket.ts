import type { Checker } from '../../../core/ports/maintenance/entry-checker.ts';
import type { MaintainedRoot } from '../../../core/ports/maintenance/maintained-root.ts';
import type { Bucket } from '../../../stores/s3/connection/bucket.ts';
import { S3Checker } from '../../../stores/s3/maintenance/s3-checker.ts';
import { S3EntryInventory } from '../../../stores/s3/maintenance/s3-entry-inventory.ts';
import { S3EntryRepair } from '../../../stores/s3/maintenance/s3-entry-repair.ts';
import { S3KeptInputs } from '../../../stores/s3/maintenance/s3-kept-inputs.ts';
import { leftoversWith } from '../../../stores/s3/maintenance/s3-leftovers.ts';
import { S3LogInventory } from '../../../stores/s3/maintenance/s3-log-inventory.ts';
import { S3PinStore } from '../../../stores/s3/maintenance/s3-pin-store.ts';
import { S3PointerInventory } from '../../../stores/s3/maintenance/s3-pointer-inventory.ts';
import { S3Restorer, S3Trash } from '../../../stores/s3/maintenance/s3-trash.ts';
import { Quarantine } from '../../../stores/s3/quarantine.ts';
import { openWorkspace } from '../local/open-entries.ts';
import { bucketResults } from './bucket-results.ts';
import { cacheOf, openBucket, type BucketPlace } from './open-bucket.ts';

/** Opens the bucket for `bucketRoot`. @throws as `openBucket` */
export async function maintainBucket(
  place: BucketPlace,
  here: MaintainedRoot,
): Promise<MaintainedRoot> {
  return bucketRoot(await openBucket(place.store), place, here);
}

/**
 * What garbage collection, verify, pins and doctor need where entries are in a bucket: the queue and all that is about attempts
 * is that of `here`, the root.
 */
export function bucketRoot(
  bucket: Bucket,
  place: BucketPlace,
  here: MaintainedRoot,
): MaintainedRoot {
  const cache = cacheOf(place, bucket);
  // Not that of the cache, which nobody sweeps for attempts.
  const rooted = openWorkspace(place.root, () => undefined);
  const { manifestName } = place;
  const quarantine = new Quarantine(bucket, manifestName);
  const pins = new S3PinStore(bucket);
  const { entries, pointers } = bucketResults(bucket, place, cache)();
  const trash = { bucket, cache, manifestName, pins, quarantine };
  return {
    ...here,
    name: bucket.name,
    entries,
    pins,
    ...(place.queue !== undefined && {
      inputs: new S3KeptInputs(bucket, here.inputs),
      logs: new S3LogInventory(bucket, here.logs),
    }),
    pointers,
    inventory: new S3EntryInventory(bucket, place),
    pointerFiles: new S3PointerInventory(bucket, quarantine),
    leftovers: leftoversWith(here.leftovers, bucket, quarantine),
    repair: new S3EntryRepair({ bucket, entries, workspace: rooted, quarantine }),
    restorer: new S3Restorer(trash),
    trash: ({ now }) => new S3Trash(trash, now),
    close: async () => {
      await rooted.close();
      await entries.close();
      await here.close();
    },
  };
}

/** Reads entries for verify. The caller closes it. */
export async function bucketChecker(place: BucketPlace, quick: boolean): Promise<Checker> {
  const { artifactName, manifestName } = place;
  const bucket = await openBucket(place.store);
  return new S3Checker({ bucket, artifactName, manifestName, quick });
}
