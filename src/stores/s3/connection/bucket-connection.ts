/**
 * Signed requests to one bucket. A request that the server did not answer, or could not answer now, is sent again a few times:
 * every request of this store may be sent twice, because what it writes has one content or is conditional.
 */
import type { Readable } from 'node:stream';
import { AwsV4Signer } from 'aws4fetch';
import { errors, Pool, type Dispatcher } from 'undici';
import { sha256 } from '../../../core/hashing/digest.ts';
import { CabError, errnoOf } from '../../../core/model/errors.ts';
import { isLost } from '../../../support/network/lost-connection.ts';
import { firstBytes, leastRate, steadyBytes } from '../../../support/network/steady-bytes.ts';
import { Semaphore } from '../../../support/semaphore.ts';
import { pause } from '../../../support/time/pause.ts';
import { underEither } from '../../../support/time/either-signal.ts';
import { answerError, type Refused } from './answer-error.ts';
import type { BucketAddress } from './bucket-address.ts';
import type { Credentials } from './credentials.ts';

export interface RequestBody {
  /** Bytes. */
  readonly size: number;
  /** The server refuses other bytes. */
  readonly sha256: string;
  /** Called once for each time that the request is sent. */
  readonly open: () => Uint8Array | Readable;
}

export interface BucketRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Of an object, below the prefix; undefined: the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  readonly signal?: AbortSignal | undefined;
  /** Statuses from 300 up that are an answer. */
  readonly also?: readonly number[];
  /** True: it is not sent again. */
  readonly once?: boolean;
}

export interface BucketAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** To be read once, or not at all. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface ConnectionOptions {
  readonly address: BucketAddress;
  readonly credentials: Credentials;
  /** How long the server may keep a request waiting. Milliseconds. */
  readonly waitMs: number;
  /** Pauses before the second try and so on, each made longer or shorter by chance. Milliseconds. */
  readonly pausesMs: readonly number[];
}

/** Requests at the same time. */
const together = 32;

/** The limit of a request that is sent once: somebody waits for the answer to whether the server answers. Milliseconds. */
const onceMs = 5000;

/** Bytes of a failure that are read. */
const mostProblemBytes = 1 << 16;

const emptyDigest = sha256('');

/** The server is busy, or another request on this object is under way. */
const passing: ReadonlySet<number> = new Set([409, 429, 500, 502, 503, 504]);

export class BucketConnection {
  readonly address: BucketAddress;
  readonly #options: ConnectionOptions;
  readonly #pool: Pool;
  readonly #base: string;
  readonly #turns = new Semaphore(together);
  /** Keys of signatures, which are good for a day. */
  readonly #signingKeys = new Map<string, ArrayBuffer>();

  constructor(options: ConnectionOptions) {
    const { bucket, endpoint, isPathStyle } = options.address;
    this.address = options.address;
    this.#options = options;
    const host = isPathStyle ? endpoint.host : `${bucket}.${endpoint.host}`;
    const origin = `${endpoint.protocol}//${host}`;
    const path = endpoint.pathname.replace(/\/+$/, '');
    this.#base = origin + path + (isPathStyle ? `/${bucket}` : '');
    this.#pool = new Pool(origin, {
      connections: together,
      connect: { timeout: options.waitMs },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * Throws store_refused for what another try would not change, store_unreachable if the server gave no answer in all tries, and
   * the signal's reason. `read` is called again with each try.
   */
  ask<T>(request: BucketRequest, read: (answer: BucketAnswer) => Promise<T>): Promise<T> {
    return this.#turns.during(async () => {
      const pauses = request.once === true ? [] : this.#options.pausesMs;
      for (const pauseMs of pauses) {
        const outcome = await this.#tried(request, read);
        if ('value' in outcome) return outcome.value;
        // Servers that are busy would be asked by all their clients at once again.
        await pause(pauseMs * (0.5 + Math.random()), request.signal);
      }
      const last = await this.#tried(request, read);
      if ('value' in last) return last.value;
      throw last.failure;
    });
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  /** The value, or a failure that may pass. */
  async #tried<T>(
    request: BucketRequest,
    read: (answer: BucketAnswer) => Promise<T>,
  ): Promise<{ readonly value: T } | { readonly failure: CabError }> {
    const { signal, also = [] } = request;
    try {
      signal?.throwIfAborted();
      const answer = await this.#head(request);
      const { statusCode: status } = answer;
      const bytes = this.#bytes(answer, signal);
      const header = (name: string): string | undefined => firstOf(answer.headers[name]);
      if (status < 300 || also.includes(status)) {
        const value = await read({ status, header, bytes });
        // A connection whose answer was not read cannot be used again.
        await answer.body.dump();
        return { value };
      }
      const failure = await this.#refusal(request, status, bytes);
      if (passing.has(status)) return { failure: this.#unreachable(failure.message, failure) };
      throw failure;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof TooSlow) return { failure: this.#unreachable(error.message) };
      if (!isTransport(error)) throw error;
      const why = errnoOf(error) ?? 'connection lost';
      return { failure: this.#unreachable(`cannot be reached (${why})`, error) };
    }
  }

  /** The time limit ends with the head: the body has its own. */
  async #head(request: BucketRequest): Promise<Dispatcher.ResponseData> {
    const { method, body, signal } = request;
    const { url, headers } = await this.#signed(request);
    const { waitMs } = this.#options;
    const mostMs = request.once === true ? Math.min(waitMs, onceMs) : waitMs;
    const limitMs = mostMs + (body?.size ?? 0) / leastRate;
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new TooSlow(`has not answered for ${Math.round(limitMs / 1000)} s`)),
      limitMs,
    );
    const sent = body?.open();
    try {
      return await underEither([signal, late.signal], (either) =>
        this.#pool.request({
          ...{ method, path: url.pathname + url.search, headers, signal: either },
          body: sent ?? null,
        }),
      );
    } finally {
      clearTimeout(timer);
      // A request that was never sent, or was answered early, has not read it to its end.
      if (sent !== undefined && 'destroy' in sent) sent.on('error', () => undefined).destroy();
    }
  }

  async #signed({ method, key, query = {}, headers = {}, body }: BucketRequest) {
    const { credentials, address } = this.#options;
    const url = new URL(this.#base + (key === undefined ? '' : `/${pathOf(address.prefix + key)}`));
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const signed = await new AwsV4Signer({
      ...credentials,
      ...{ method, url: url.href, region: address.region, service: 's3' },
      headers: {
        ...headers,
        ...(body && { 'content-length': String(body.size) }),
        'x-amz-content-sha256': body?.sha256 ?? emptyDigest,
      },
      cache: this.#signingKeys,
    }).sign();
    return { url: signed.url, headers: Object.fromEntries(signed.headers) };
  }

  #bytes(
    { body }: Dispatcher.ResponseData,
    signal = new AbortController().signal,
  ): AsyncGenerator<Uint8Array> {
    const { waitMs } = this.#options;
    return steadyBytes(body, { waitMs, signal, tooSlow: () => new TooSlow('sends too slowly') });
  }

  async #refusal(
    { method, key }: BucketRequest,
    status: number,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<CabError> {
    const { bytes: body } = await firstBytes(bytes, mostProblemBytes);
    const refused: Refused = { method, key, status, body: body.toString('utf8') };
    return answerError(this.address, refused);
  }

  #unreachable(problem: string, cause?: unknown): CabError {
    const { name, endpoint } = this.address;
    const message = `store ${name} at ${endpoint.origin} ${problem}`;
    return new CabError('store_unreachable', message, {
      details: { store: name, endpoint: endpoint.origin },
      cause,
    });
  }
}

class TooSlow extends Error {}

/** Each part of a key as a signature has it. */
export const pathOf = (key: string): string =>
  key
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replace(
        /[!'()*]/g,
        (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/');

const firstOf = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0];

const isTransport = (error: unknown): boolean =>
  isLost(error) || error instanceof errors.UndiciError || error instanceof errors.HTTPParserError;
