import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeDirectory, sync } from '../cas/durable.ts';
import { guarded } from '../cas/io-error.ts';
import { writeThrough } from '../cas/temporary.ts';
import type { Layout } from '../cas/layout.ts';
import { failpoint } from '../failpoints.ts';
import { sha256 } from '../hashing/digest.ts';
import { fingerprintOf } from '../hashing/fingerprint.ts';
import type { JobInput, JobSpec } from '../model/job.ts';

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

  /** Synchronous, for it is asked within a transaction. */
  has(path: string): boolean {
    return existsSync(path);
  }

  /** Durable on return. */
  keep(text: string): Promise<JobInput> {
    const path = this.nameOf(text);
    const { inputs } = this.#layout;
    return guarded('keeping the input', async () => {
      failpoint('input.keeping');
      await makeDirectory(inputs);
      await writeThrough(this.#layout, path, text);
      failpoint('input.kept');
      await sync(inputs);
      return { path, kept: true, fingerprint: fingerprintOf(await stat(path, { bigint: true })) };
    });
  }
}

/** The spec with its kept input where the root has it now: the root may have been moved, or restored elsewhere. */
export function inPlace(spec: JobSpec, layout: Layout): JobSpec {
  const { input } = spec;
  if (!input.kept) return spec;
  return { ...spec, input: { ...input, path: join(layout.inputs, basename(input.path)) } };
}
