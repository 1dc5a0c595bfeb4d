/**
 * Takes plain submissions in front of the routes, which cost a third of such an answer. What is in the request decides
 * whether it is plain: a small body of known length, nothing asked for beside the job, a caller who is not to be refused.
 * All else is left to the routes. What is done with a body, and what a failure is answered with, is the routes' own code.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import { CabError } from '../core/errors.ts';
import { clientLeft } from './client-left.ts';
import { AnswerHead } from './delivery/hot-answers.ts';
import type { Asked } from './delivery/plain.ts';
import type { Services } from './endpoint.ts';
import { failureAnswer } from './failures.ts';
import { callerGuard } from './guard/caller.ts';
import { tokenGuard } from './guard/tokens.ts';
import { takeSubmission } from './handlers/submissions.ts';
import { sendHot, type HotReply } from './hot-path.ts';
import { jsonType, paths, routes } from './protocol.ts';
import { requestId } from './request-id.ts';
import { roundedMs } from './rounded-ms.ts';

/** Bytes of a body; what is larger costs more by itself than the routes do. */
const largestBody = 64 << 10;

/** What it makes gives the submission that a request is; undefined where the routes are to take it. */
export function hotSubmissions(services: Services, logger: FastifyBaseLogger | undefined) {
  const { ongoing, settings } = services;
  const checkCaller = callerGuard(settings);
  const checkToken = tokenGuard(settings.tokens);
  const longest = Math.min(largestBody, settings.limits.bodyBytes);
  return (request: Asked): HotSubmission | undefined => {
    if (!isPlain(request, longest) || ongoing.isClosing || settings.corsOrigins.length > 0)
      return undefined;
    try {
      checkCaller(request.headers);
      checkToken(request.headers.authorization, 'write');
    } catch (error) {
      if (error instanceof CabError) return undefined;
      throw error;
    }
    return new HotSubmission(requestId(request), services, logger);
  };
}

/** The exact path, and no header that changes how the body is read or what is answered. */
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
    headers.prefer === undefined
  );
}

/** One that is under way, until its answer is over. */
export class HotSubmission {
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

  /** When the job is on disk. Never rejects. */
  async reply(body: Uint8Array, response?: ServerResponse): Promise<HotReply> {
    try {
      const job = await takeSubmission(this.#services, body, () =>
        response === undefined ? undefined : clientLeft(response),
      );
      const headers = {
        location: paths.job(job.job_id),
        'cache-control': 'no-store',
        'content-type': jsonType,
      };
      return this.#reply(202, headers, JSON.stringify(job));
    } catch (error) {
      const log = this.#logger?.child({ request_id: this.#id });
      const { status, headers, body: text } = failureAnswer(error, this.#services, log);
      return this.#reply(status, headers, text);
    }
  }

  /** Its client has gone before the end of it. */
  abandon(): void {
    this.#services.metrics.closed();
  }

  #reply(status: number, headers: object, text: string): HotReply {
    const body = Buffer.from(text);
    return {
      status,
      head: new AnswerHead(
        { 'x-request-id': this.#id, 'x-content-type-options': 'nosniff' },
        headers,
        { 'content-length': body.length },
      ),
      request_id: this.#id,
      body,
      isLast: this.#services.ongoing.isClosing,
      over: (isTaken) => this.#over(status, isTaken),
    };
  }

  #over(status: number, isTaken: boolean): void {
    const { metrics } = this.#services;
    metrics.closed();
    if (!isTaken) return;
    const ms = roundedMs(performance.now() - this.#began);
    metrics.request('POST', routes.jobs, status, ms / 1000);
    const line = { request_id: this.#id, method: 'POST', url: routes.jobs, status, ms };
    this.#logger?.info(line, 'request');
  }
}

/** By the answer of `node:http`. */
export async function answerSubmission(
  submission: HotSubmission,
  request: IncomingMessage,
  response: ServerResponse,
  idleMs: number,
): Promise<void> {
  const body = await bodyOf(request);
  if (body === undefined) submission.abandon();
  else sendHot(await submission.reply(body, response), response, idleMs);
}

/** Undefined where the connection ends before it. Its length is bounded by the head, which node:http holds it to. */
function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => resolve(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)));
    request.on('close', () => resolve(undefined));
    // What is wrong with the connection, its end tells.
    request.on('error', () => undefined);
  });
}
