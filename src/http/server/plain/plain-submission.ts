/**
 * Accepts plain submissions before the routes, which take a third of the cost of such an answer. A request is plain
 * if its body is small and of known length, it asks for nothing but the job, and the guards admit its caller. All
 * others go to the routes. Both use the same code to read the body and to answer a failure.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import { clientLeft } from '../connection/client-left.ts';
import type { Asked } from '../delivery/plain-read.ts';
import type { Services } from '../endpoint.ts';
import { failureAnswer } from '../failures.ts';
import type { Guards } from '../guard/guards.ts';
import { takeSubmission, type TakeOptions } from '../handlers/submissions.ts';
import { jsonType, paths, routes, strictHandling } from '../../wire/protocol.ts';
import type { Reply, ReplyBatch } from './reply-batch.ts';
import { requestId } from '../request-id.ts';
import { logRequest } from '../request-log.ts';

/** Bytes of a body. A larger one costs more than the routes do. */
const largestBody = 64 << 10;

/** Makes a function that gives the submission of a request, or undefined if the routes must answer. */
export function plainSubmissions(
  services: Services,
  guards: Guards,
  logger: FastifyBaseLogger | undefined,
) {
  const { settings } = services;
  const longest = Math.min(largestBody, settings.limits.bodyBytes);
  const isOpenToPages = settings.corsOrigins.length > 0;
  return (request: Asked): PlainSubmission | undefined =>
    !isOpenToPages && isPlain(request, longest) && guards.lets(request, 'write')
      ? new PlainSubmission(requestId(request), services, logger)
      : undefined;
}

/** Requires the exact path, and no header that changes how the body is read or what the answer is. */
function isPlain({ method, url, headers }: Asked, longest: number): boolean {
  if (method !== 'POST' || url !== routes.jobs) return false;
  const length = Number(headers['content-length']);
  const type = headers['content-type'];
  return (
    length > 0 &&
    length <= longest &&
    (type === undefined || type === 'application/json') &&
    headers['transfer-encoding'] === undefined &&
    headers['content-encoding'] === undefined &&
    headers.origin === undefined &&
    headers.expect === undefined &&
    (headers.prefer === undefined || headers.prefer === strictHandling)
  );
}

/** A submission in progress, until its answer is over. */
class PlainSubmission {
  readonly #id: string;
  readonly #services: Services;
  readonly #logger: FastifyBaseLogger | undefined;
  readonly #began = performance.now();

  constructor(id: string, services: Services, logger: FastifyBaseLogger | undefined) {
    this.#id = id;
    this.#services = services;
    this.#logger = logger;
    services.metrics.opened();
  }

  /** Answers when the job is on disk. Never rejects. */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    batch: ReplyBatch,
  ): Promise<void> {
    const body = await bodyOf(request);
    if (body === undefined) this.#services.metrics.closed();
    else {
      const refusal = request.headers.prefer === strictHandling ? 'error' : 'job';
      const left = (): AbortSignal => clientLeft(response);
      batch.send(await this.#replyTo(body, { refusal, left }), response);
    }
  }

  async #replyTo(body: Uint8Array, options: TakeOptions): Promise<Reply> {
    try {
      const job = await takeSubmission(this.#services, body, options);
      return this.#reply(202, JSON.stringify(job), {
        location: paths.job(job.job_id),
        'content-type': jsonType,
      });
    } catch (error) {
      const log = this.#logger?.child({ request_id: this.#id });
      const { status, headers, body: text } = failureAnswer(error, this.#services, log);
      return this.#reply(status, text, headers);
    }
  }

  #reply(status: number, text: string, headers: Readonly<Record<string, string>>): Reply {
    const body = Buffer.from(text);
    // The same order as in the routes.
    const own = {
      'x-request-id': this.#id,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
      'content-length': String(body.length),
      ...(this.#services.ongoing.isClosing && { connection: 'close' }),
    };
    const over = (isTaken: boolean): void => this.#over(status, isTaken);
    return { status, headers: Object.entries(own).flat(), body, over };
  }

  #over(status: number, isTaken: boolean): void {
    const { metrics } = this.#services;
    metrics.closed();
    if (!isTaken) return;
    const ms = performance.now() - this.#began;
    metrics.request('POST', routes.jobs, status, ms / 1000);
    const line = { request_id: this.#id, method: 'POST', url: routes.jobs, status, ms };
    logRequest(this.#logger, line);
  }
}

/** Undefined if the connection ends before the body does. node:http limits the body to the length in the head. */
function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => resolve(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)));
    request.on('close', () => resolve(undefined));
    // The event `close` follows, and handles it.
    request.on('error', () => undefined);
  });
}
