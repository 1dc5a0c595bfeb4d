import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectory, syncDirectory } from '../../../support/files/durable.ts';
import { guarded } from '../../../support/files/io-error.ts';
import { replaceFile, writeThrough } from '../../../support/files/temporary.ts';
import { errnoOf } from '../../model/errors.ts';
import type { Layout } from '../../../stores/local/layout.ts';
import { failpoint } from '../../../support/failpoints.ts';
import { sha256 } from '../../hashing/digest.ts';
import { fingerprintOf } from '../../hashing/fingerprint.ts';
import type { SentInput } from '../../hashing/hash-input.ts';

/** Characters: what is longer lies in a file from the start, for it would fill the job store. */
const longestInStore = 1 << 16;

/**
 * Input that was sent, not named, is kept for as long as its job may need it: small text in the job store, where it is
 * written to the disk with its job, and in a file from the first attempt on; all else in the file alone. The file is
 * `.cab/inputs/<sha256 of its bytes>`, with `.json` behind it if it was hashed as JSON.
 */
export class InputKeeper {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Where it will lie; absolute. */
  nameOf(sent: SentInput, isJson: boolean): string {
    return join(this.#layout.inputs, digestOf(sent) + (isJson ? '.json' : ''));
  }

  holds(path: string): boolean {
    return dirname(path) === this.#layout.inputs;
  }

  /** Synchronous, for it is asked within a transaction. */
  has(path: string): boolean {
    return existsSync(path);
  }

  /**
   * Makes sure that the input is there for its job: what comes back is to go into the job store with the job. Durable once
   * the job is. A collection may take the file until then: whoever accepts the job asks `has`.
   */
  async keep(sent: SentInput, path: string): Promise<string | undefined> {
    if ('text' in sent && sent.text.length <= longestInStore) return sent.text;
    const { inputs } = this.#layout;
    return guarded('keeping the input', async () => {
      failpoint('input.keeping');
      await makeDirectory(inputs);
      await writeThrough(this.#layout, path, contentOf(sent));
      failpoint('input.kept');
      await syncDirectory(inputs);
      return undefined;
    });
  }

  /**
   * Makes the file that a job of stored text names, and gives its fingerprint. A file that is there counts only by its
   * bytes: it was not flushed, and a crash of the machine may have left anything in it.
   */
  async unfold(path: string, text: string): Promise<string> {
    return guarded('unfolding the input', async () => {
      if (!holdsText(path, text)) {
        await makeDirectory(this.#layout.inputs);
        await replaceFile(this.#layout, path, text);
      }
      return fingerprintOf(statSync(path, { bigint: true }));
    });
  }
}

function contentOf(sent: SentInput): string | Uint8Array {
  if ('digested' in sent) return sent.digested.content;
  return 'text' in sent ? sent.text : sent.bytes;
}

const digestOf = (sent: SentInput): string =>
  'digested' in sent ? sent.digested.digest : sha256(contentOf(sent));

export function holdsText(path: string, text: string): boolean {
  // Most are new: an error that says so costs more than to write the file.
  if (!existsSync(path)) return false;
  try {
    return readFileSync(path, 'utf8') === text;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
