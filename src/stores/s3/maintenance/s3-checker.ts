import { createHash } from 'node:crypto';
import { manifestFaults } from '../../../core/hashing/manifest-faults.ts';
import { isCabError } from '../../../core/model/errors.ts';
import { formatKey, type EntryKey } from '../../../core/model/entry/key.ts';
import { filesOf, type ListedFile } from '../../../core/model/entry/manifest.ts';
import type { FileNames } from '../../../core/ports/entry-store.ts';
import {
  batchOf,
  type BatchOutcome,
  type Checker,
  type EntryOutcome,
  type Problem,
} from '../../../core/ports/maintenance/entry-checker.ts';
import type { Bucket } from '../connection/bucket.ts';
import { placeOf, RemoteEntries, type RemoteEntry } from '../entries/remote-entries.ts';
import { each } from '../folders.ts';
import { fileKey } from '../object-keys.ts';
import { identityOf } from './s3-entry-inventory.ts';

export interface S3CheckerOptions extends FileNames {
  readonly bucket: Bucket;
  /** Compares sizes only, and reads no artifact. */
  readonly quick: boolean;
}

/**
 * Reads entries in the bucket itself, not in the local cache. It uses no threads, because the time goes into waiting for the
 * server and not into hashing.
 */
export class S3Checker implements Checker {
  readonly lanes = 4;
  readonly #options: S3CheckerOptions;
  readonly #remote: RemoteEntries;
  readonly #stopping = new AbortController();
  #bytes = 0;

  constructor(options: S3CheckerOptions) {
    this.#options = options;
    this.#remote = new RemoteEntries(options.bucket, options);
  }

  get bytes(): number {
    return this.#bytes;
  }

  async check(keys: readonly EntryKey[]): Promise<BatchOutcome> {
    this.#stopping.signal.throwIfAborted();
    return batchOf(keys.length, await each(keys, (key) => this.#check(key)));
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the check was stopped'));
    await this.#options.bucket.close();
  }

  async #check(key: EntryKey): Promise<EntryOutcome> {
    const { signal } = this.#stopping;
    const place = fileKey(key, this.#options.manifestName);
    const facts = await this.#options.bucket.head(place, signal);
    const identity = identityOf(facts?.etag) ?? null;
    const nothing = { key, identity, files: 0, bytes: 0, problems: [], notes: [] };
    try {
      const found = await this.#remote.locate(key, signal);
      return found === undefined ? nothing : await this.#checkFound(found, nothing);
    } catch (error) {
      if (!isCabError(error, 'manifest_invalid')) throw error;
      const where = `${this.#options.bucket.name}/${place}`;
      const message = error.message.replace(`manifest ${where}`, 'the manifest');
      return { ...nothing, files: 1, problems: [problem('corrupt', place, message)] };
    }
  }

  async #checkFound(found: RemoteEntry, nothing: EntryOutcome): Promise<EntryOutcome> {
    const { key, manifest, artifact, manifestName, bytes } = found;
    const { faults, notes } = manifestFaults(manifest, bytes, key);
    const place = fileKey(key, manifestName);
    this.#bytes += bytes.length;
    const files = await Promise.all(
      filesOf(manifest, artifact).map((file) => this.#checkFile(key, file)),
    );
    return {
      ...nothing,
      files: files.length + 1,
      bytes: files.reduce((sum, { read }) => sum + read, bytes.length),
      problems: [
        ...faults.map((fault) => problem('corrupt', place, fault)),
        ...files.flatMap(({ problems }) => problems),
      ],
      notes: notes.map((note) => `echo/${formatKey(key)}/${manifestName}: ${note}`),
    };
  }

  async #checkFile(
    key: EntryKey,
    file: ListedFile,
  ): Promise<{ readonly read: number; readonly problems: readonly Problem[] }> {
    const place = placeOf(key, file);
    const read = this.#options.quick ? await this.#size(place) : await this.#content(place);
    if (read === undefined)
      return { read: 0, problems: [problem('missing', place, 'the file is not there')] };
    const { size, sha256 } = read;
    const isRead = sha256 === undefined ? 0 : size;
    if (file.size != null && size !== file.size) {
      const message = 'the file has another size than its manifest says';
      const sizes = { expected: String(file.size), actual: String(size) };
      return { read: isRead, problems: [{ ...problem('corrupt', place, message), ...sizes }] };
    }
    if (sha256 === undefined || sha256 === file.sha256) return { read: isRead, problems: [] };
    const digests = { expected: file.sha256, actual: sha256 };
    const message = 'the bytes do not match the manifest';
    return { read: isRead, problems: [{ ...problem('corrupt', place, message), ...digests }] };
  }

  async #size(place: string): Promise<Content | undefined> {
    const facts = await this.#options.bucket.head(place, this.#stopping.signal);
    return facts && { size: facts.size, sha256: undefined };
  }

  #content(place: string): Promise<Content | undefined> {
    return this.#options.bucket.read(place, this.#stopping.signal, async (pieces) => {
      const hash = createHash('sha256');
      let size = 0;
      for await (const piece of pieces) {
        hash.update(piece);
        size += piece.length;
        this.#bytes += piece.length;
      }
      return { size, sha256: hash.digest('hex') };
    });
  }
}

interface Content {
  readonly size: number;
  readonly sha256: string | undefined;
}

const problem = (kind: Problem['class'], place: string, message: string): Problem => ({
  ...{ class: kind, place, message, expected: null, actual: null },
});
