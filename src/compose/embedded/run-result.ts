import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Broker, OpenedFile } from '../../core/engine/broker.ts';
import type { DoneJobDocument } from '../../core/model/job/job-document.ts';
import type { EntryKey } from '../../core/model/entry/key.ts';
import type { Manifest } from '../../core/model/entry/manifest.ts';

/**
 * The result of a job: its artifact, and the other files of its entry. Bytes are compared with their digest each time they are
 * read. Every method throws `hash_mismatch` if they differ, and `not_found` if garbage collection has removed the entry.
 */
export class RunResult {
  /** The job as it ended. */
  readonly job: DoneJobDocument;
  readonly key: EntryKey;
  /** True if nothing ran because the result existed. */
  readonly cached: boolean;
  readonly #broker: Broker;

  constructor(broker: Broker, job: DoneJobDocument) {
    this.job = job;
    this.key = { config_hash: job.config_hash, source_hash: job.source_hash };
    this.cached = job.cached;
    this.#broker = broker;
  }

  /** A file of the entry, the artifact if none is named. The caller reads it to the end or closes it. */
  open(name?: string): Promise<OpenedFile> {
    return this.#broker.open(this.key, name);
  }

  /** For files that do not fit into memory. The last piece comes only if the digest is right. */
  async stream(name?: string): Promise<Readable> {
    return (await this.open(name)).stream();
  }

  async bytes(name?: string): Promise<Buffer> {
    return buffer(await this.stream(name));
  }

  /** Decodes UTF-8. */
  async text(name?: string): Promise<string> {
    return (await this.bytes(name)).toString('utf8');
  }

  /** Throws SyntaxError if it is not JSON. The type is not checked. */
  async json<T = unknown>(name?: string): Promise<T> {
    return JSON.parse(await this.text(name)) as T;
  }

  manifest(): Promise<Manifest> {
    return this.#broker.manifest(this.key);
  }
}
