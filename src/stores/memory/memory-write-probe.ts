import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import type { WriteProbe } from '../../core/ports/write-probe.ts';
import { guarded } from '../../support/files/io-error.ts';

/** Checks the directory in which runners work. Memory itself is always writable. */
export class MemoryWriteProbe implements WriteProbe {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  assertWritable(): Promise<void> {
    return guarded('the directory of runners', async () => {
      await mkdir(this.#directory, { recursive: true });
      await access(this.#directory, constants.W_OK);
    });
  }
}
