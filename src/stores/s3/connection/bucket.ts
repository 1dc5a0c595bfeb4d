/** Objects of a bucket. Longer than other files, because it has every request that is made of a server. */
import { createHash } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sha256 } from '../../../core/hashing/digest.ts';
import { CabError, isError } from '../../../core/model/errors.ts';
import { failpoint } from '../../../support/failpoints.ts';
import { Semaphore } from '../../../support/semaphore.ts';
import { firstBytes } from '../../../support/network/steady-bytes.ts';
import { pathOf, type BucketConnection, type RequestBody } from './bucket-connection.ts';
import { notS3 } from './answer-error.ts';
import { parseListing, type ListedObject, type ListedPage } from './listing.ts';

/** What the server says of an object without its bytes. */
export interface ObjectFacts {
  /** Bytes. */
  readonly size: number;
  /** As the server gives it, without quotes; another content has another one. */
  readonly etag: string;
  /** When cab wrote it, else when the server did. Milliseconds of wall time. */
  readonly modified: number;
  /** Of its bytes, if cab wrote it. */
  readonly sha256: string | undefined;
  readonly contentType: string;
}

export interface NewObject {
  readonly body: RequestBody;
  readonly contentType?: string;
}

/** Bytes of an object that is read into memory. */
const mostSmallBytes = 64 << 20;

const digestHeader = 'x-amz-meta-cab-sha256';
const timeHeader = 'x-amz-meta-cab-at';

/** Objects of one bucket, below one prefix. Every method throws store_refused and store_unreachable. */
export class Bucket {
  readonly #connection: BucketConnection;
  /** Objects that pass through this machine: each needs two requests at once, and must not wait for its own second one. */
  readonly #passing = new Semaphore(4);

  constructor(connection: BucketConnection) {
    this.#connection = connection;
  }

  /** `s3://bucket/prefix`, for people. */
  get name(): string {
    return this.#connection.address.name;
  }

  /** Tells buckets of different servers apart. */
  get place(): string {
    const { endpoint, bucket, prefix } = this.#connection.address;
    return `${endpoint.href} ${bucket} ${prefix}`;
  }

  head(key: string, signal?: AbortSignal): Promise<ObjectFacts | undefined> {
    return this.#connection.ask({ method: 'HEAD', key, signal, also: [404] }, async (answer) =>
      answer.status === 404 ? undefined : factsOf(answer),
    );
  }

  /**
   * All bytes of a small object. Throws store_refused for one of more than 64 MiB. Bytes without the digest that cab wrote beside
   * them are read once more: damage on the way is gone then, and damage in the bucket is for the caller to judge.
   */
  async get(key: string, signal?: AbortSignal): Promise<Buffer | undefined> {
    const first = await this.#small(key, signal);
    const read = first?.isAsWritten === false ? await this.#small(key, signal) : first;
    return read?.bytes;
  }

  /** Undefined if there is no such object. `use` is called again if the connection is lost. */
  read<T>(
    key: string,
    signal: AbortSignal | undefined,
    use: (bytes: AsyncIterable<Uint8Array>, digest: string | undefined) => Promise<T>,
  ): Promise<T | undefined> {
    return this.#connection.ask({ method: 'GET', key, signal, also: [404] }, async (answer) =>
      answer.status === 404 && (await isAbsent(this.name, answer.bytes))
        ? undefined
        : use(answer.bytes, answer.header(digestHeader)),
    );
  }

  /** These bytes of an object; fewer if it ends earlier, none if there is no such object. */
  part(key: string, at: number, length: number): Promise<Buffer> {
    const headers = { range: `bytes=${at}-${at + length - 1}` };
    return this.#connection.ask(
      { method: 'GET', key, headers, also: [404, 416] },
      async ({ status, bytes }) => {
        if (status >= 400) return Buffer.alloc(0);
        return (await firstBytes(bytes, length)).bytes;
      },
    );
  }

  /** `taken`: an object stands there already, perhaps written by this very request before its answer was lost. */
  putNew(key: string, object: NewObject, signal?: AbortSignal): Promise<'created' | 'taken'> {
    return this.#put(key, object, { 'if-none-match': '*' }, signal);
  }

  /** Replaces what stands there. */
  async put(key: string, object: NewObject): Promise<void> {
    await this.#put(key, object, {});
  }

  /** False if there is nothing at `from`. Replaces what stands at `to`. */
  copy(from: string, to: string): Promise<boolean> {
    const { bucket, prefix } = this.#connection.address;
    const headers = { 'x-amz-copy-source': `/${bucket}/${pathOf(prefix + from)}` };
    return this.#connection.ask(
      { method: 'PUT', key: to, headers, also: [404] },
      async ({ status, bytes }) => {
        const { bytes: body } = await firstBytes(bytes, 1 << 16);
        // A copy that fails after it began says so in the body of a success.
        if (status !== 404 && body.includes('<Error>'))
          throw new CabError('store_unreachable', `${this.name}: ${from} could not be copied`);
        return status !== 404;
      },
    );
  }

  /**
   * As `copy`, but replaces nothing. No server has a copy with this condition, so the bytes pass through this machine. False if
   * other bytes stand at `to`, or nothing is at `from`.
   */
  async copyNew(from: string, to: string): Promise<boolean> {
    const facts = await this.head(from);
    const sha256 = facts?.sha256 ?? (await this.digestOf(from));
    if (facts === undefined || sha256 === undefined) return false;
    const open = (): Readable => {
      const pieces = new PassThrough();
      const passed = this.read(from, undefined, (bytes) => pipeline(bytes, pieces));
      passed.catch((error: unknown) => pieces.destroy(isError(error) ? error : undefined));
      return pieces;
    };
    const { contentType } = facts;
    const object = { body: { size: facts.size, sha256, open }, contentType };
    const outcome = await this.#passing.during(() => this.putNew(to, object));
    return outcome === 'created' || (await this.head(to))?.sha256 === sha256;
  }

  /** SHA-256 of the bytes; undefined if there is no such object. */
  digestOf(key: string, signal?: AbortSignal): Promise<string | undefined> {
    return this.read(key, signal, async (pieces) => {
      const hash = createHash('sha256');
      for await (const piece of pieces) hash.update(piece);
      return hash.digest('hex');
    });
  }

  /** No error if there is no such object. */
  remove(key: string): Promise<void> {
    return this.#connection.ask({ method: 'DELETE', key, also: [404] }, async () => undefined);
  }

  /** All objects below, in the order of their keys. */
  async *list(below: string): AsyncGenerator<readonly ListedObject[]> {
    for await (const { objects } of this.#pages(below, {})) yield objects;
  }

  /** The names of the folders directly below `below`, which ends with `/`. */
  async *folders(below: string): AsyncGenerator<readonly string[]> {
    for await (const { folders } of this.#pages(below, { delimiter: '/' }))
      yield folders.map((folder) => folder.slice(below.length, -1));
  }

  /** Whether the server answers now and lets this caller list. */
  answers(): Promise<void> {
    const { prefix } = this.#connection.address;
    const query = { 'list-type': '2', 'max-keys': '1', prefix };
    return this.#connection.ask({ method: 'GET', query, once: true }, async () => undefined);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #small(
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly bytes: Buffer; readonly isAsWritten: boolean } | undefined> {
    return this.read(key, signal, async (pieces, digest) => {
      const { bytes, hasMore } = await firstBytes(pieces, mostSmallBytes);
      if (!hasMore) return { bytes, isAsWritten: digest === undefined || digest === sha256(bytes) };
      throw new CabError(
        'store_refused',
        `${this.name}/${key} is too large to be what it should be`,
      );
    });
  }

  #put(
    key: string,
    { body, contentType = 'application/octet-stream' }: NewObject,
    condition: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<'created' | 'taken'> {
    const headers = {
      ...condition,
      'content-type': contentType,
      [digestHeader]: body.sha256,
      [timeHeader]: String(Date.now()),
    };
    return this.#connection.ask(
      { method: 'PUT', key, headers, body, signal, also: [412] },
      async ({ status, header }) => {
        failpoint('s3.put');
        if (status === 412) return 'taken';
        // A login page of the network takes everything, and stores nothing.
        if (header('etag') === undefined)
          throw notS3(this.#connection.address, `the answer to PUT of ${key}, without an ETag,`);
        return 'created';
      },
    );
  }

  async *#pages(below: string, more: Readonly<Record<string, string>>): AsyncGenerator<ListedPage> {
    const { address } = this.#connection;
    const { prefix } = address;
    let next: string | undefined;
    do {
      const query = {
        ...{ 'list-type': '2', 'encoding-type': 'url', prefix: prefix + below, ...more },
        ...(next !== undefined && { 'continuation-token': next }),
      };
      const page = await this.#connection.ask({ method: 'GET', query }, async ({ bytes }) => {
        const { bytes: body } = await firstBytes(bytes, mostSmallBytes);
        return parseListing(body.toString('utf8'), address);
      });
      yield page;
      next = page.next;
    } while (next !== undefined);
  }
}

/** A bucket that is not there is no object that is not there. */
async function isAbsent(name: string, bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  const { bytes: body } = await firstBytes(bytes, 1 << 16);
  if (body.includes('<Code>NoSuchBucket</Code>'))
    throw new CabError('store_refused', `store ${name}: there is no such bucket`, {
      hint: 'Create the bucket, or correct its name.',
    });
  return true;
}

const factsOf = ({
  header,
}: {
  readonly header: (name: string) => string | undefined;
}): ObjectFacts => ({
  size: Number(header('content-length') ?? 0),
  etag: (header('etag') ?? '').replaceAll('"', ''),
  modified: Number(header(timeHeader) ?? Date.parse(header('last-modified') ?? '')),
  sha256: header(digestHeader),
  contentType: header('content-type') ?? 'application/octet-stream',
});
