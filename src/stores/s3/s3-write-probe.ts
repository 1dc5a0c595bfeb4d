import type { WriteProbe } from '../../core/ports/write-probe.ts';
import type { Bucket } from './connection/bucket.ts';

/** Asks the server for the shortest listing. It is asked once, because the next probe comes in some seconds. */
export class S3WriteProbe implements WriteProbe {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  assertWritable(): Promise<void> {
    return this.#bucket.answers();
  }
}
