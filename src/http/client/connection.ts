/**
 * Requests to one daemon, over TCP or its Unix socket: kept connections, time limits, and which
 * requests may be repeated.
 */
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { errors, Pool, type Dispatcher } from 'undici';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { parseExact } from '../../core/model/json/exact-json.ts';
import { brokerClosed } from '../../support/time/wait-limit.ts';
import { errorOf } from '../wire/error-codec.ts';
import { isLost, isRefused } from '../../support/network/lost-connection.ts';

export interface DaemonAddress {
  /** `http://host:port`, with the path before `/echo` if a proxy has one. It may also be set together with a socket. */
  readonly url?: string | null;
  /** Path of the daemon's Unix socket; used before `url`. */
  readonly socket?: string | null;
  readonly token?: string | null;
}

export interface Ask {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal?: AbortSignal | undefined;
  /** Whether the request keeps its connection for long. Such requests use a pool that no short request waits for. */
  readonly isLong?: boolean;
  /**
   * Whether the request only asks if a daemon is there. Then a failure is an answer, and the request is not repeated.
   */
  readonly isProbe?: boolean;
}

export type Answer = Dispatcher.ResponseData;

/** The part of a zod schema that is needed here. */
interface Schema<T> {
  safeParse(input: unknown): { success: true; data: T } | { success: false; error: Faults };
}
interface Faults {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}

const pausesMs = [50, 150, 400];
/** Milliseconds. A submission may hash gigabytes before it answers. */
const answerTimeoutMs = 300_000;
/** Milliseconds between two pieces of a body. The server sends something at least every 15 s. */
const silenceTimeoutMs = 60_000;

export class Connection {
  /** The daemon, as messages name it. */
  readonly whence: string;
  readonly #prefix: string;
  readonly #token: string | undefined;
  readonly #short: Pool;
  readonly #long: Pool;
  #hasAnswered = false;
  #closed = false;

  constructor({ url, socket, token }: DaemonAddress) {
    const base = socket == null ? parseUrl(url) : new URL('http://localhost');
    this.whence = `the daemon at ${socket == null ? base.href.replace(/\/$/, '') : `unix:${socket}`}`;
    this.#prefix = base.pathname.replace(/\/+$/, '');
    this.#token = token ?? undefined;
    const options = {
      headersTimeout: answerTimeoutMs,
      bodyTimeout: silenceTimeoutMs,
      ...(socket != null && { socketPath: socket }),
    };
    this.#short = new Pool(base.origin, { ...options, connections: 16 });
    this.#long = new Pool(base.origin, { ...options, connections: 256 });
  }

  /** Whether the daemon answered once. If it is gone now, it may come back. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** @throws CabError that the daemon answered; daemon_unreachable, answer_invalid */
  async json<T>(ask: Ask, schema: Schema<T>): Promise<T> {
    const body = await this.ask(ask, (answer) => text(answer.body));
    const parsed = schema.safeParse(this.#parse(body, ask.path));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const field = issue?.path.map(String).join('.') ?? '';
    throw new CabError(
      'answer_invalid',
      `${this.whence}: ${ask.path}: ${field}: ${issue?.message ?? ''}`,
      {
        details: { path: ask.path, field },
      },
    );
  }

  /** Gives the answer. The caller reads its body to the end, or destroys it. */
  stream(ask: Ask): Promise<Answer> {
    return this.ask(ask, (answer) => Promise.resolve(answer));
  }

  /**
   * `read` belongs to the attempt: if the connection breaks while it reads, the request is repeated if that is safe.
   */
  async ask<T>(ask: Ask, read: (answer: Answer) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await read(await this.#once(ask));
      } catch (error) {
        ask.signal?.throwIfAborted();
        if (this.#closed) throw this.unreachable(error);
        if (error instanceof errors.HTTPParserError) throw this.#notHttp(error);
        if (!isLost(error)) throw error;
        const pause = mayRepeat(ask, error) ? pausesMs[attempt] : undefined;
        if (pause === undefined) throw this.unreachable(error);
        await delay(pause);
      }
    }
  }

  /** The error for a lost connection that will not come back. */
  unreachable(cause: unknown): CabError {
    if (this.#closed) return brokerClosed();
    const why = errnoOf(cause) ?? 'connection lost';
    return new CabError('daemon_unreachable', `${this.whence} cannot be reached (${why})`, {
      details: { errno: why },
      cause,
    });
  }

  /** Requests in progress end with an error. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#short.destroy(), this.#long.destroy()]);
  }

  async #once({
    method = 'GET',
    path,
    query,
    headers,
    body,
    signal,
    isLong,
  }: Ask): Promise<Answer> {
    const answer = await (isLong === true ? this.#long : this.#short).request({
      method,
      path: this.#prefix + path,
      headers: {
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(query !== undefined && { query: given(query) }),
      ...(body !== undefined && { body }),
      ...(signal !== undefined && { signal }),
    });
    this.#hasAnswered = true;
    if (answer.statusCode < 300) return answer;
    throw errorOf(answer.statusCode, await text(answer.body), this.whence);
  }

  #notHttp(cause: Error): CabError {
    return new CabError('answer_invalid', `${this.whence} does not speak HTTP`, { cause });
  }

  #parse(body: string, path: string): unknown {
    try {
      return parseExact(body);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new CabError('answer_invalid', `${this.whence}: ${path}: the answer is not JSON`, {
        details: { path },
        cause: error,
      });
    }
  }
}

/** A POST that may have arrived is not repeated, because that would submit a second job. */
const mayRepeat = ({ method, isProbe }: Ask, error: unknown): boolean =>
  isProbe !== true && (method !== 'POST' || isRefused(error));

function parseUrl(url: string | null | undefined): URL {
  const parsed = url != null && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed;
  throw new CabError('usage', `url: expected http://host:port, not ${JSON.stringify(url ?? '')}`);
}

const given = (query: NonNullable<Ask['query']>): Record<string, string | number> =>
  Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
