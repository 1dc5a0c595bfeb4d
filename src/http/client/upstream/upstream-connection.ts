/**
 * Requests to one upstream. Unlike connection.ts it waits for nothing longer than its limit, repeats nothing, and trusts no answer:
 * bodies are read up to a number of bytes, and redirects are not followed, so the token goes to no other host.
 */
import type { Readable } from 'node:stream';
import { errors, Pool, type Dispatcher } from 'undici';
import { CabError, errnoOf, type ErrorCode } from '../../../core/model/errors.ts';
import { Semaphore } from '../../../support/semaphore.ts';
import { underEither } from '../../../support/time/either-signal.ts';
import { errorOf } from '../../wire/error-codec.ts';
import { isLost } from '../../../support/network/lost-connection.ts';
import { firstBytes, steadyBytes } from '../../../support/network/steady-bytes.ts';

export interface UpstreamAddress {
  /** `http://host:port`, with the path before `/echo` if a proxy has one. */
  readonly url: string;
  readonly token: string | null;
  /** How long the upstream may keep a caller waiting. Milliseconds. */
  readonly waitMs: number;
}

export interface UpstreamRequest {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | Readable;
  readonly signal: AbortSignal;
  /** What the answer may take longer than the limit, because the upstream gets or writes so many bytes first. Milliseconds. */
  readonly extraMs?: number;
}

export type Answer = Dispatcher.ResponseData;

/** Requests at the same time. A request that waits for a connection would look like an upstream that is slow. */
const together = 16;

/** Bytes of a failure that are read. */
const mostProblemBytes = 1 << 20;

export class UpstreamConnection {
  readonly name: string;
  readonly #address: UpstreamAddress;
  readonly #prefix: string;
  readonly #pool: Pool;
  readonly #turns = new Semaphore(together);

  constructor(address: UpstreamAddress) {
    const { origin, pathname } = new URL(address.url);
    this.#address = address;
    this.#prefix = pathname.replace(/\/+$/, '');
    this.name = origin + this.#prefix;
    this.#pool = new Pool(origin, {
      connections: together,
      connect: { timeout: address.waitMs },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Reads an answer of the statuses 200 to 299. Throws `Refusal` if the upstream refuses this request, else upstream_unreachable. */
  ask<T>(
    request: UpstreamRequest,
    read: (bytes: AsyncIterable<Uint8Array>, answer: Answer) => Promise<T>,
  ): Promise<T> {
    return this.#turns.during(async () => {
      try {
        const answer = await this.#head(request);
        const bytes = this.#bytes(answer, request.signal);
        if (answer.statusCode >= 200 && answer.statusCode < 300) return await read(bytes, answer);
        throw await this.#failureOf(answer, bytes);
      } catch (error) {
        request.signal.throwIfAborted();
        if (isTransport(error))
          throw this.unreachable(
            `cannot be reached (${errnoOf(error) ?? 'connection lost'})`,
            error,
          );
        throw error;
      }
    });
  }

  unreachable(problem: string, cause?: unknown): CabError {
    return new CabError('upstream_unreachable', `upstream ${this.name} ${problem}`, {
      details: { upstream: this.name },
      cause,
    });
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  /** The time limit ends with the head: the body has its own. */
  async #head({
    method,
    path,
    headers,
    body,
    signal,
    extraMs = 0,
  }: UpstreamRequest): Promise<Answer> {
    const { token, waitMs } = this.#address;
    const late = new AbortController();
    const limitMs = waitMs + extraMs;
    const timer = setTimeout(
      () => late.abort(this.unreachable(`has not answered for ${Math.round(limitMs / 1000)} s`)),
      limitMs,
    );
    try {
      return await underEither([signal, late.signal], (either) =>
        this.#pool.request({
          method,
          path: this.#prefix + path,
          headers: { ...headers, ...(token !== null && { authorization: `Bearer ${token}` }) },
          body: body ?? null,
          signal: either,
        }),
      );
    } finally {
      clearTimeout(timer);
    }
  }

  #bytes(answer: Answer, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { waitMs } = this.#address;
    return steadyBytes(answer.body, {
      ...{ waitMs, signal },
      tooSlow: () => this.unreachable('sends too slowly'),
    });
  }

  /** What the upstream says of the entry is a refusal. Everything else means that the upstream cannot be used now. */
  async #failureOf({ statusCode }: Answer, body: AsyncIterable<Uint8Array>): Promise<Error> {
    if (statusCode < 400)
      return this.unreachable(
        `answers with a redirect (${statusCode}), which is not followed: name the address itself`,
      );
    const { bytes } = await firstBytes(body, mostProblemBytes);
    const error = errorOf(statusCode, bytes.toString('utf8'), this.name);
    const { kind } = error;
    if (kind === 'missing' || kind === 'input' || kind === 'integrity') return new Refusal(error);
    if (statusCode === 401 || statusCode === 403)
      return this.unreachable(`refuses the caller: ${error.message}`, error);
    return this.unreachable(`answers with status ${statusCode}: ${error.message}`, error);
  }
}

/** The upstream answered that it does not do this, with a problem document of cab's. */
export class Refusal extends Error {
  readonly problem: CabError;

  constructor(problem: CabError) {
    super(problem.message, { cause: problem });
    this.problem = problem;
  }
}

export const isRefusal = (error: unknown, code: ErrorCode): error is Refusal =>
  error instanceof Refusal && error.problem.code === code;

const isTransport = (error: unknown): boolean =>
  isLost(error) || error instanceof errors.UndiciError || error instanceof errors.HTTPParserError;
