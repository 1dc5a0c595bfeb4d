import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectory, syncDirectory } from '../cas/durable.ts';
import { guarded } from '../cas/io-error.ts';
import { writeThrough } from '../cas/temporary.ts';
import type { Layout } from '../cas/layout.ts';
import { sha256 } from '../hashing/digest.ts';
import { fingerprintOf } from '../hashing/fingerprint.ts';
import type { JobInput } from '../model/job.ts';

/**
 * Input that was sent, not named, is kept under `.cab/inputs/<sha256 of its bytes>.json` for as long as its
 * job may need it. The same bytes are kept once.
 */
export class InputKeeper {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Where the text will lie; absolute. */
  nameOf(text: string): string {
    return join(this.#layout.inputs, `${sha256(text)}.json`);
  }

  holds(path: string): boolean {
    return dirname(path) === this.#layout.inputs;
  }

  /** Durable on return. */
  keep(text: string): Promise<JobInput> {
    const path = this.nameOf(text);
    const { inputs } = this.#layout;
    return guarded('keeping the input', async () => {
      await makeDirectory(inputs);
      await writeThrough(this.#layout, path, text);
      await syncDirectory(inputs);
      return { path, kept: true, fingerprint: fingerprintOf(await stat(path, { bigint: true })) };
    });
  }
}
