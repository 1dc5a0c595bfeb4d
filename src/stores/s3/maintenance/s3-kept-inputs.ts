import { basename } from 'node:path';
import type { Problem } from '../../../core/ports/maintenance/entry-checker.ts';
import type { KeptInput, KeptInputs } from '../../../core/ports/maintenance/kept-inputs.ts';
import type { TellStays } from '../../../core/ports/maintenance/trash.ts';
import type { Bucket } from '../connection/bucket.ts';
import { inputsFolder } from '../object-keys.ts';

/** Inputs in the bucket of a queue that machines share, and copies of them in the root of this machine. */
export class S3KeptInputs implements KeptInputs {
  readonly #bucket: Bucket;
  readonly #here: KeptInputs;

  constructor(bucket: Bucket, here: KeptInputs) {
    this.#bucket = bucket;
    this.#here = here;
  }

  async *list(): AsyncGenerator<readonly KeptInput[]> {
    yield* this.#here.list();
    for await (const page of this.#bucket.list(inputsFolder))
      yield page.map(({ key, modified }) => ({ name: key.slice(inputsFolder.length), modified }));
  }

  async discard(input: KeptInput, tell: TellStays): Promise<boolean> {
    if (await this.#here.discard(input, tell)) return true;
    const key = inputsFolder + input.name;
    for await (const page of this.#bucket.list(key))
      if (page.some((object) => object.key === key && object.modified === input.modified)) {
        await this.#bucket.remove(key);
        return true;
      }
    return false;
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

  async #checkOne(key: string): Promise<Problem[]> {
    const actual = await this.#bucket.digestOf(key);
    const expected = basename(key, '.json');
    if (actual === undefined || actual === expected) return [];
    const message = 'a kept input does not match the digest in its name';
    return [{ class: 'corrupt', place: `${this.#bucket.name}/${key}`, message, expected, actual }];
  }
}
