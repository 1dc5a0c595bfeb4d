import { randomUUID } from 'node:crypto';
import { CabError } from '../../../core/model/errors.ts';
import { bytesBody } from '../../../stores/s3/connection/request-body.ts';
import type { StoreChoice } from '../store-choice.ts';
import { openBucket } from './open-bucket.ts';

/**
 * Whether a store does what cab needs: write, refuse to overwrite, read, list and delete. Gives its name.
 * @throws CabError store_refused, store_unreachable, usage
 */
export async function probeStore(choice: StoreChoice): Promise<string> {
  const bucket = await openBucket(choice);
  const folder = '.cab/doctor/';
  const key = folder + randomUUID();
  const bytes = Buffer.from(key);
  try {
    await bucket.putNew(key, { body: bytesBody(bytes) });
    const second = await bucket.putNew(key, { body: bytesBody(Buffer.from('other bytes')) });
    const read = await bucket.get(key);
    if (second !== 'taken' || read?.equals(bytes) !== true)
      throw new CabError('store_refused', `store ${bucket.name} overwrites what stands there`, {
        hint: 'It does not honour If-None-Match on a PUT, so two results of one key could be mixed. Choose another server.',
        details: { store: bucket.name },
      });
    for await (const page of bucket.list(folder))
      if (page.some((object) => object.key === key)) return bucket.name;
    throw new CabError('store_refused', `store ${bucket.name} does not list what was written`, {
      details: { store: bucket.name },
    });
  } finally {
    await bucket.remove(key).finally(() => bucket.close());
  }
}
