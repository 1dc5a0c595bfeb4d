/** Requests to one daemon, over TCP or its Unix socket: kept connections, time limits, and what is safe to ask twice. */
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { errors, Pool, type Dispatcher } from 'undici';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { parseExact } from '../../core/model/exact-json.ts';
import { brokerClosed } from '../../support/wait-limit.ts';
import { errorOf } from '../wire/error-codec.ts';
import { isLost, isRefused } from './lost-connection.ts';

export interface DaemonAddress {
  /** `http://host:port`, with the path before `/echo` where a proxy has one. Also taken where a socket is given. */
  readonly url?: string | null;
  /** Path of the daemon's Unix socket; preferred. */
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
  /** Keeps its connection for long, and so uses those that nothing short waits for. */
  readonly isLong?: boolean;
  /** Asks whether anybody is there: a no is an answer, and is not asked again. */
  readonly isProbe?: boolean;
}

export type Answer = Dispatcher.ResponseData;

/** What a schema of zod gives that is needed here. */
interface Schema<T> {
  safeParse(input: unknown): { success: true; data: T } | { success: false; error: Faults };
}
interface Faults {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}

const pausesMs = [50, 150, 400];
/** A submission may hash gigabytes before it answers. */
const answerTimeoutMs = 300_000;
/** Between two pieces of a body; the server says something at least every 15 s. */
const silenceTimeoutMs = 60_000;

export class Connection {
  /** The daemon, as messages call it. */
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

  /** Whether a daemon was there once: one that is gone now may be about to come back. */
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

  /** The answer, its body for the caller to read: to the end, or destroyed. */
  stream(ask: Ask): Promise<Answer> {
    return this.ask(ask, (answer) => Promise.resolve(answer));
  }

  /** `read` belongs to the attempt: what breaks while it reads is asked again where that is safe. */
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

  /** Why a connection that was lost will not come back. */
  unreachable(cause: unknown): CabError {
    if (this.#closed) return brokerClosed();
    const why = errnoOf(cause) ?? 'connection lost';
    return new CabError('daemon_unreachable', `${this.whence} cannot be reached (${why})`, {
      details: { errno: why },
      cause,
    });
  }

  /** What is under way ends with an error. */
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

/** A POST that may have arrived is not sent again: it would be a second job. */
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
