import { understoodPointer, type UnderstoodPointer } from '../../../core/hashing/pointer-file.ts';
import type {
  PointedAt,
  PointerInventory,
  PointerName,
  PointerRead,
} from '../../../core/ports/maintenance/pointer-inventory.ts';
import type { Bucket } from '../connection/bucket.ts';
import { each } from '../folders.ts';
import { indexFolder } from '../object-keys.ts';
import type { Quarantine } from '../quarantine.ts';

/** Pointers in a bucket, as garbage collection and verify see them. */
export class S3PointerInventory implements PointerInventory {
  readonly #bucket: Bucket;
  readonly #quarantine: Quarantine;

  constructor(bucket: Bucket, quarantine: Quarantine) {
    this.#bucket = bucket;
    this.#quarantine = quarantine;
  }

  async *targets(): AsyncGenerator<readonly PointedAt[]> {
    for await (const names of this.files()) {
      const targets = await each(names, ({ file }) => this.#target(file));
      yield targets.filter((target) => target !== undefined);
    }
  }

  async *files(): AsyncGenerator<readonly PointerName[]> {
    for await (const page of this.#bucket.list(indexFolder))
      yield page.map(({ key }) => ({ kind: 'file', file: key.slice(indexFolder.length) }));
  }

  async read(file: string): Promise<PointerRead> {
    const read = await this.#understood(file);
    if (read === undefined) return { kind: 'gone' };
    if (read.kind === 'pointer') return read;
    const message = read.error.message.replace(`pointer ${this.where(file)}`, 'the pointer');
    return { kind: 'invalid', message, keys: read.keys };
  }

  setAside(file: string): Promise<string | undefined> {
    return this.#quarantine.object(indexFolder + file);
  }

  where(file: string): string {
    return `${this.#bucket.name}/${indexFolder}${file}`;
  }

  async #target(file: string): Promise<PointedAt | undefined> {
    const read = await this.#understood(file);
    if (read === undefined) return undefined;
    if (read.kind === 'invalid')
      return { kind: 'unclear', file, keys: read.keys, error: read.error };
    const { track_id, config_hash, source_hash } = read.pointer;
    return { kind: 'pointer', key: { config_hash, source_hash }, track_id };
  }

  /** Undefined if it is gone. */
  async #understood(file: string): Promise<UnderstoodPointer | undefined> {
    const bytes = await this.#bucket.get(indexFolder + file);
    return bytes && understoodPointer(bytes.toString('utf8'), this.where(file));
  }
}
