import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Broker, OpenedFile } from '../../core/engine/broker.ts';
import type { JobDocument } from '../../core/model/job-document.ts';
import type { EntryKey } from '../../core/model/key.ts';
import type { Manifest } from '../../core/model/manifest.ts';

/**
 * What a job has led to: its artifact, and all else of its entry. Bytes are checked against their digest each time they are
 * read: every method throws `hash_mismatch` where they are not those that were published, and `not_found` once the entry was
 * collected.
 */
export class RunResult {
  /** The job as it ended. */
  readonly job: JobDocument;
  readonly key: EntryKey;
  /** Nothing was run: the result stood already. */
  readonly cached: boolean;
  readonly #broker: Broker;

  constructor(broker: Broker, job: JobDocument) {
    this.job = job;
    this.key = { config_hash: job.config_hash, source_hash: job.source_hash };
    this.cached = job.cached;
    this.#broker = broker;
  }

  /** A file of the entry, the artifact if none is named. It is to be read, or closed. */
  open(name?: string): Promise<OpenedFile> {
    return this.#broker.open(this.key, name);
  }

  /** For what does not fit into memory. The last piece comes only if the digest is right. */
  async stream(name?: string): Promise<Readable> {
    return (await this.open(name)).stream();
  }

  async bytes(name?: string): Promise<Buffer> {
    return buffer(await this.stream(name));
  }

  /** Of UTF-8. */
  async text(name?: string): Promise<string> {
    return (await this.bytes(name)).toString('utf8');
  }

  /** Throws SyntaxError for what is no JSON. Its type is the caller's word. */
  async json<T = unknown>(name?: string): Promise<T> {
    return JSON.parse(await this.text(name)) as T;
  }

  manifest(): Promise<Manifest> {
    return this.#broker.manifest(this.key);
  }
}
