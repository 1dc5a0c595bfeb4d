import { CabError } from '../../core/model/errors.ts';
import { parsePointer, pointerBytes } from '../../core/hashing/pointer-file.ts';
import type { PointerFile, TrackTarget } from '../../core/model/entry/pointer.ts';
import type { Held, ListedPointer, PointerStore } from '../../core/ports/pointer-store.ts';
import type { Bucket } from './connection/bucket.ts';
import { bytesBody } from './connection/request-body.ts';
import { each } from './folders.ts';
import { indexFolder, pointerFileOf } from './object-keys.ts';

/** Pointers in a bucket: `echo/index/<track>.json`, as they lie in a directory. An answered PUT is durable. */
export class S3PointerStore implements PointerStore {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  async read(track_id: string): Promise<PointerFile | undefined> {
    return this.#at(pointerFileOf(track_id));
  }

  /** Only reading can tell whether a pointer still stands. */
  async hold(track_id: string): Promise<Held<PointerFile> | undefined> {
    const pointer = await this.read(track_id);
    return pointer && { pointer, isCurrent: undefined };
  }

  async write(target: TrackTarget): Promise<void> {
    const body = bytesBody(pointerBytes(target));
    const contentType = 'application/json';
    await this.#bucket.put(indexFolder + pointerFileOf(target.track_id), { body, contentType });
  }

  async remove(track_id: string): Promise<boolean> {
    if ((await this.read(track_id)) === undefined) return false;
    await this.#bucket.remove(indexFolder + pointerFileOf(track_id));
    return true;
  }

  async confirm(track_id: string): Promise<void> {
    pointerFileOf(track_id);
  }

  async *list(): AsyncGenerator<ListedPointer> {
    for await (const page of this.#bucket.list(indexFolder)) {
      const files = page.map(({ key }) => key.slice(indexFolder.length));
      const listed = await each(files, (file) => this.#listed(file));
      yield* listed.filter((one) => one !== undefined);
    }
  }

  async #listed(file: string): Promise<ListedPointer | undefined> {
    try {
      const pointer = await this.#at(file);
      return pointer && { file, pointer };
    } catch (error) {
      if (!(error instanceof CabError)) throw error;
      return { file, error };
    }
  }

  async #at(file: string): Promise<PointerFile | undefined> {
    const key = indexFolder + file;
    const bytes = await this.#bucket.get(key);
    return bytes && parsePointer(bytes.toString('utf8'), `${this.#bucket.name}/${key}`);
  }
}
