import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { sha256 } from '../../core/hashing/digest.ts';
import { fingerprintOf } from '../../core/hashing/fingerprint.ts';
import type { SentInput } from '../../core/model/request/sent-input.ts';
import type { InputStore, UnfoldedInput } from '../../core/ports/input-store.ts';

export interface StoredInput {
  readonly bytes: Uint8Array;
  /** When it was last kept, in milliseconds of wall time. */
  readonly modified: number;
}

/** By the last part of their paths. Several input stores may share the map, as processes share a directory. */
export type StoredInputs = Map<string, StoredInput>;

/**
 * Inputs in memory. They are lost when the process ends. A runner reads a file, so the file is made in a directory of
 * this machine before its job runs.
 */
export class MemoryInputStore implements InputStore {
  readonly isShared = false;
  readonly #directory: string;
  readonly #stored: StoredInputs;

  /** @param directory absolute; created with the first file */
  constructor(directory: string, stored: StoredInputs = new Map()) {
    this.#directory = directory;
    this.#stored = stored;
  }

  placeOf(sent: SentInput, isJson: boolean): string {
    const digest = 'digested' in sent ? sent.digested.digest : sha256(contentOf(sent));
    return join(this.#directory, digest + (isJson ? '.json' : ''));
  }

  owns(place: string): boolean {
    return dirname(place) === this.#directory;
  }

  currentPlace(recorded: string): string {
    return join(this.#directory, basename(recorded));
  }

  has(place: string): boolean {
    return this.#stored.has(basename(place));
  }

  async keep(sent: SentInput, place: string): Promise<string | undefined> {
    if ('text' in sent) return sent.text;
    const bytes = Buffer.from(contentOf(sent));
    this.#stored.set(basename(place), { bytes, modified: Date.now() });
    return undefined;
  }

  async keepFile(): Promise<undefined> {
    return undefined;
  }

  async unfold(place: string, text: string): Promise<UnfoldedInput> {
    const isIntact = async (): Promise<boolean> =>
      existsSync(place) && (await readFile(place, 'utf8')) === text;
    if (!(await isIntact())) await this.#write(place, text);
    return { fingerprint: fingerprintOf(statSync(place, { bigint: true })), isIntact };
  }

  async fetch(place: string): Promise<void> {
    const stored = this.#stored.get(basename(place));
    if (stored !== undefined && !existsSync(place)) await this.#write(place, stored.bytes);
  }

  async renew(place: string): Promise<void> {
    const stored = this.#stored.get(basename(place));
    if (stored !== undefined) await this.#write(place, stored.bytes);
  }

  /** Writes to a temporary file and renames it, because two workers may write at once. */
  async #write(place: string, content: string | Uint8Array): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const file = join(this.#directory, `.${randomUUID()}`);
    await writeFile(file, content);
    await rename(file, place);
  }
}

function contentOf(sent: SentInput): string | Uint8Array {
  if ('digested' in sent) return sent.digested.content;
  return 'text' in sent ? sent.text : sent.bytes;
}
