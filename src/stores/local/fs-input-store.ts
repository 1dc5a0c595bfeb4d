/**
 * Keeps input that was sent, not named. Small text goes into the job store, in the same commit as its job, and into a
 * file from the first attempt on. All other input goes into a file at once. The file is `.cab/inputs/<sha256 of its
 * bytes>`, with `.json` at the end if it was hashed as JSON.
 */
import { createWriteStream, existsSync, readFileSync, statSync } from 'node:fs';
import { link, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { sha256 } from '../../core/hashing/digest.ts';
import { fingerprintOf } from '../../core/hashing/fingerprint.ts';
import { errnoOf } from '../../core/model/errors.ts';
import type { SentInput } from '../../core/model/request/sent-input.ts';
import type { InputStore, UnfoldedInput } from '../../core/ports/input-store.ts';
import { failpoint } from '../../support/failpoints.ts';
import { makeDirectory, syncDirectory } from '../../support/files/durable.ts';
import { guarded, rootError } from '../../support/files/io-error.ts';
import { removeTree } from '../../support/files/remove-tree.ts';
import { replaceFile, temporaryName, writeThrough } from '../../support/files/temporary.ts';
import type { Layout } from './layout.ts';

/** Characters. Longer text goes into a file at once, because it would fill the job store. */
const longestInStore = 1 << 16;

export interface FsInputOptions {
  /** As `InputStore`. */
  readonly isShared: boolean;
  /** Characters of the longest text that goes into the job store. */
  readonly longestInStore?: number;
}

export class FsInputStore implements InputStore {
  readonly isShared: boolean;
  readonly #layout: Layout;
  readonly #longest: number;

  constructor(layout: Layout, options: FsInputOptions = { isShared: false }) {
    this.#layout = layout;
    this.isShared = options.isShared;
    this.#longest = options.longestInStore ?? longestInStore;
  }

  placeOf(sent: SentInput, isJson: boolean): string {
    return join(this.#layout.inputs, digestOf(sent) + (isJson ? '.json' : ''));
  }

  placeOfFile(digest: string): string {
    return join(this.#layout.inputs, digest);
  }

  owns(place: string): boolean {
    return dirname(place) === this.#layout.inputs;
  }

  currentPlace(recorded: string): string {
    return this.#layout.keptInput(recorded);
  }

  has(place: string): boolean {
    return existsSync(place);
  }

  async keep(sent: SentInput, place: string): Promise<string | undefined> {
    if ('text' in sent && sent.text.length <= this.#longest) return sent.text;
    const { inputs } = this.#layout;
    return guarded('keeping the input', async () => {
      failpoint('input.keeping');
      await makeDirectory(inputs);
      await writeThrough(this.#layout, place, contentOf(sent));
      failpoint('input.kept');
      await syncDirectory(inputs);
      return undefined;
    });
  }

  async keepFile(): Promise<undefined> {
    // A root is of one machine, where the file has its name.
    return undefined;
  }

  async fetch(): Promise<void> {
    // An input that was made durable already lies at its place.
  }

  async renew(): Promise<void> {
    // There is no other copy.
  }

  /**
   * Writes a file that appears whole or not at all. Nothing appears if the bytes end with an error.
   * @param replaces false: a file that another process has made meanwhile stays, because a runner may be reading it
   */
  async receive(place: string, bytes: AsyncIterable<Uint8Array>, replaces = false): Promise<void> {
    const { inputs, temporary } = this.#layout;
    await makeDirectory(inputs);
    await makeDirectory(temporary);
    const file = join(temporary, temporaryName());
    try {
      await pipeline(bytes, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
      if (replaces) await rename(file, place);
      else await appear(file, place);
    } catch (error) {
      await removeTree(file);
      throw rootError(error, 'fetching the input');
    }
  }

  async unfold(place: string, text: string): Promise<UnfoldedInput> {
    return guarded('unfolding the input', async () => {
      if (!holdsText(place, text)) {
        await makeDirectory(this.#layout.inputs);
        await replaceFile(this.#layout, place, text);
      }
      return {
        fingerprint: fingerprintOf(statSync(place, { bigint: true })),
        isIntact: async () => readsAs(place, text),
      };
    });
  }
}

/** As a rename, but leaves a file that stands. */
async function appear(file: string, place: string): Promise<void> {
  try {
    await link(file, place);
  } catch (error) {
    const errno = errnoOf(error);
    // Some file systems know no links.
    if (errno === 'EPERM' || errno === 'ENOTSUP') return rename(file, place);
    if (errno !== 'EEXIST') throw error;
  }
  await unlink(file);
}

function contentOf(sent: SentInput): string | Uint8Array {
  if ('digested' in sent) return sent.digested.content;
  return 'text' in sent ? sent.text : sent.bytes;
}

const digestOf = (sent: SentInput): string =>
  'digested' in sent ? sent.digested.digest : sha256(contentOf(sent));

function holdsText(path: string, text: string): boolean {
  // Most inputs are new, and an error for each would cost more than writing the file.
  return existsSync(path) && readsAs(path, text);
}

function readsAs(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
