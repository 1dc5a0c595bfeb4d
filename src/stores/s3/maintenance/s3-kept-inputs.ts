import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Problem } from '../../../core/ports/maintenance/entry-checker.ts';
import {
  otherThanItsName,
  type KeptInput,
  type KeptInputs,
} from '../../../core/ports/maintenance/kept-inputs.ts';
import type { TellStays } from '../../../core/ports/maintenance/trash.ts';
import type { Bucket } from '../connection/bucket.ts';
import type { ListedObject } from '../connection/listing.ts';
import { inputsFolder } from '../object-keys.ts';

/** Inputs in the bucket of a queue that machines share, and copies of them in the root of this machine. */
export class S3KeptInputs implements KeptInputs {
  readonly #bucket: Bucket;
  readonly #here: KeptInputs;

  constructor(bucket: Bucket, here: KeptInputs) {
    this.#bucket = bucket;
    this.#here = here;
  }

  /** What is in the bucket and here as well is listed once, as it is in the bucket. */
  async *list(): AsyncGenerator<readonly KeptInput[]> {
    const there = new Set<string>();
    for await (const page of this.#bucket.list(inputsFolder))
      yield page.map(({ key, modified }) => {
        const name = key.slice(inputsFolder.length);
        there.add(name);
        return { name, modified };
      });
    for await (const page of this.#here.list()) yield page.filter(({ name }) => !there.has(name));
  }

  async discard(input: KeptInput, tell: TellStays): Promise<boolean> {
    const key = inputsFolder + input.name;
    const object = await this.#listed(key);
    if (object === undefined) return this.#here.discard(input, tell);
    if (object.modified !== input.modified) return false;
    await this.#bucket.remove(key);
    // The copy on this machine is no use without a job that needs it.
    await rm(this.#here.pathOf(input.name), { force: true });
    return true;
  }

  async missing(path: string): Promise<string | undefined> {
    if ((await this.#here.missing(path)) === undefined) return undefined;
    const key = inputsFolder + basename(path);
    return (await this.#bucket.head(key)) === undefined ? `${this.#bucket.name}/${key}` : undefined;
  }

  async *check(): AsyncGenerator<readonly Problem[]> {
    yield* this.#here.check();
    for await (const page of this.#bucket.list(inputsFolder))
      for (const { key } of page) yield await this.#checkOne(key);
  }

  pathOf(path: string): string {
    return this.#here.pathOf(path);
  }

  /** With the time that `list` gives. */
  async #listed(key: string): Promise<ListedObject | undefined> {
    for await (const page of this.#bucket.list(key))
      for (const object of page) if (object.key === key) return object;
    return undefined;
  }

  async #checkOne(key: string): Promise<Problem[]> {
    const actual = await this.#bucket.digestOf(key);
    const expected = basename(key, '.json');
    if (actual === undefined || actual === expected) return [];
    return [
      {
        class: 'corrupt',
        place: `${this.#bucket.name}/${key}`,
        message: otherThanItsName,
        expected,
        actual,
      },
    ];
  }
}
