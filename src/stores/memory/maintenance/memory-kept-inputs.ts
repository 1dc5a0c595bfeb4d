import { basename, join } from 'node:path';
import { sha256 } from '../../../core/hashing/digest.ts';
import type { Problem } from '../../../core/ports/maintenance/entry-checker.ts';
import {
  otherThanItsName,
  type KeptInput,
  type KeptInputs,
} from '../../../core/ports/maintenance/kept-inputs.ts';
import type { StoredInputs } from '../memory-input-store.ts';

/** Inputs in memory that are kept for jobs. */
export class MemoryKeptInputs implements KeptInputs {
  readonly #directory: string;
  readonly #inputs: StoredInputs;

  /** @param directory where the files of inputs are made */
  constructor(directory: string, inputs: StoredInputs) {
    this.#directory = directory;
    this.#inputs = inputs;
  }

  async *list(): AsyncGenerator<readonly KeptInput[]> {
    yield [...this.#inputs].map(([name, { modified }]) => ({ name, modified }));
  }

  async discard({ name, modified }: KeptInput): Promise<boolean> {
    return this.#inputs.get(name)?.modified === modified && this.#inputs.delete(name);
  }

  async missing(path: string): Promise<string | undefined> {
    const name = basename(path);
    return this.#inputs.has(name) ? undefined : placeOf(name);
  }

  async *check(): AsyncGenerator<readonly Problem[]> {
    for (const [name, { bytes }] of this.#inputs) {
      const [expected, actual] = [basename(name, '.json'), sha256(bytes)];
      if (actual === expected) continue;
      yield [
        { class: 'corrupt', place: placeOf(name), message: otherThanItsName, expected, actual },
      ];
    }
  }

  pathOf(path: string): string {
    return join(this.#directory, basename(path));
  }
}

const placeOf = (name: string): string => `inputs/${name}`;
