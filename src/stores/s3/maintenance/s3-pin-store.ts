import type { EntryKey } from '../../../core/model/entry/key.ts';
import type { PinStore } from '../../../core/ports/maintenance/pin-store.ts';
import type { Bucket } from '../connection/bucket.ts';
import { bytesBody } from '../connection/request-body.ts';
import { keysIn } from '../folders.ts';
import { pinKey, pinnedKey, pinsFolder } from '../object-keys.ts';

/** Pins in a bucket, an empty object each, so that a collection on any machine sees them. */
export class S3PinStore implements PinStore {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  async has(key: EntryKey): Promise<boolean> {
    return (await this.#bucket.head(pinKey(key))) !== undefined;
  }

  async add(key: EntryKey): Promise<boolean> {
    const body = bytesBody(Buffer.alloc(0));
    return (await this.#bucket.putNew(pinKey(key), { body })) === 'created';
  }

  async remove(key: EntryKey): Promise<boolean> {
    const isThere = await this.has(key);
    await this.#bucket.remove(pinKey(key));
    return isThere;
  }

  async list(): Promise<readonly EntryKey[]> {
    return (await keysIn(this.#bucket, pinsFolder)).map(pinnedKey);
  }
}
