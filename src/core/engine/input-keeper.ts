import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectory, syncDirectory } from '../cas/durable.ts';
import { guarded } from '../cas/io-error.ts';
import { replaceFile, writeThrough } from '../cas/temporary.ts';
import { errnoOf } from '../errors.ts';
import type { Layout } from '../cas/layout.ts';
import { failpoint } from '../failpoints.ts';
import { sha256 } from '../hashing/digest.ts';
import { fingerprintOf } from '../hashing/fingerprint.ts';
import type { JobInput, JobSpec } from '../model/job.ts';
import { NoLongerThere } from '../queue/job-store.ts';

/** Characters: what is longer lies in a file from the start, lest it fill the job store. */
const longestInStore = 1 << 16;

/**
 * Input that was sent, not named, is kept for as long as its job may need it: small input in the job store, where
 * it comes to the disk with its job, and in a file from the first attempt on; large input in the file alone. The file
 * is `.cab/inputs/<sha256 of its bytes>.json`.
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

  /**
   * What the job says of the text that is to lie at `path`, and what is to go into the job store with it. Durable once
   * the job is. Throws NoLongerThere where a collection that had found the file unused took the new one for it.
   */
  async keep(
    text: string,
    path = this.nameOf(text),
  ): Promise<{ input: JobInput; stored: string | undefined }> {
    if (text.length <= longestInStore)
      return { input: { path, kept: true, fingerprint: '' }, stored: text };
    const { inputs } = this.#layout;
    return guarded('keeping the input', async () => {
      failpoint('input.keeping');
      await makeDirectory(inputs);
      await writeThrough(this.#layout, path, text);
      failpoint('input.kept');
      await syncDirectory(inputs);
      return { input: stillKept(path), stored: undefined };
    });
  }

  /**
   * Makes the file that a job of stored text names. A file that is there counts only by its bytes: it was not
   * flushed, and a crash of the machine may have left anything in it.
   */
  async unfold(path: string, text: string): Promise<JobInput> {
    return guarded('unfolding the input', async () => {
      if (!holdsText(path, text)) {
        await makeDirectory(this.#layout.inputs);
        await replaceFile(this.#layout, path, text);
      }
      return kept(path);
    });
  }
}

/** The spec with its kept input where the root has it now. */
export function inPlace(spec: JobSpec, layout: Layout): JobSpec {
  const { input } = spec;
  if (!input.kept) return spec;
  return { ...spec, input: { ...input, path: layout.keptInput(input.path) } };
}

const kept = (path: string): JobInput => ({
  path,
  kept: true,
  fingerprint: fingerprintOf(statSync(path, { bigint: true })),
});

function stillKept(path: string): JobInput {
  try {
    return kept(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw new NoLongerThere();
    throw error;
  }
}

function holdsText(path: string, text: string): boolean {
  // Most are new: an error that says so costs more than to write the file.
  if (!existsSync(path)) return false;
  try {
    return readFileSync(path, 'utf8') === text;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
