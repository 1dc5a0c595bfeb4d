/**
 * Takes plain submissions in front of the routes, which cost a third of such an answer. What is in the request decides
 * whether it is plain: a small body of known length, nothing asked for beside the job, a caller who is not to be refused.
 * All else is left to the routes. What is done with a body, and what a failure is answered with, is the routes' own code.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import { CabError } from '../core/errors.ts';
import type { JobDocument } from '../core/model/job-document.ts';
import type { Services } from './endpoint.ts';
import { failureAnswer } from './failures.ts';
import { callerGuard } from './guard/caller.ts';
import { tokenGuard } from './guard/tokens.ts';
import { takeSubmission } from './handlers/submissions.ts';
import { jsonType, paths, routes } from './protocol.ts';
import { requestId } from './request-id.ts';

/** Bytes of a body; what is larger costs more by itself than the routes do. */
const largestBody = 64 << 10;

/** What it makes tells whether the request is answered, now or when the job is on disk. */
export function hotSubmissions(services: Services, logger: FastifyBaseLogger | undefined) {
  const { ongoing, settings } = services;
  const checkCaller = callerGuard(settings);
  const checkToken = tokenGuard(settings.tokens);
  const longest = Math.min(largestBody, settings.limits.bodyBytes);
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    if (!isPlain(request, longest) || ongoing.isClosing || settings.corsOrigins.length > 0)
      return false;
    try {
      checkCaller(request.headers);
      checkToken(request.headers.authorization, 'write');
    } catch (error) {
      if (error instanceof CabError) return false;
      throw error;
    }
    void new Submission(request, response, services, logger).run();
    return true;
  };
}

/** The exact path, and no header that changes how the body is read or what is answered. */
function isPlain({ method, url, headers }: IncomingMessage, longest: number): boolean {
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

class Submission {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #services: Services;
  readonly #logger: FastifyBaseLogger | undefined;
  readonly #id: string;
  readonly #began = performance.now();

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    services: Services,
    logger: FastifyBaseLogger | undefined,
  ) {
    this.#request = request;
    this.#response = response;
    this.#services = services;
    this.#logger = logger;
    this.#id = requestId(request);
  }

  async run(): Promise<void> {
    this.#services.metrics.opened();
    this.#response.on('close', () => this.#over());
    const body = await bodyOf(this.#request);
    // Its client has gone before the end of it.
    if (body === undefined) return;
    try {
      this.#accept(await takeSubmission(this.#services, body));
    } catch (error) {
      this.#refuse(error);
    }
  }

  #accept(job: JobDocument): void {
    this.#send(202, JSON.stringify(job), [
      ...['location', paths.job(job.job_id), 'cache-control', 'no-store'],
      ...['content-type', jsonType],
    ]);
  }

  #refuse(failure: unknown): void {
    const log = this.#logger?.child({ request_id: this.#id });
    const { status, headers, body } = failureAnswer(failure, this.#services, log);
    this.#send(status, body, Object.entries(headers).flat());
  }

  #send(status: number, body: string, headers: readonly string[]): void {
    const { ongoing, settings } = this.#services;
    const response = this.#response;
    response.writeHead(status, [
      ...['x-request-id', this.#id, 'x-content-type-options', 'nosniff', ...headers],
      ...['content-length', String(Buffer.byteLength(body))],
      ...(ongoing.isClosing ? ['connection', 'close'] : []),
    ]);
    response.end(body);
    // The client must take what it is sent, where the system did not take it at once.
    if (response.writableLength > 0)
      response.setTimeout(settings.limits.idleMs, () => response.destroy());
  }

  #over(): void {
    const { metrics } = this.#services;
    metrics.closed();
    if (!this.#response.writableFinished) return;
    const ms = Math.round((performance.now() - this.#began) * 1000) / 1000;
    const status = this.#response.statusCode;
    metrics.request('POST', routes.jobs, status, ms / 1000);
    const line = { request_id: this.#id, method: 'POST', url: routes.jobs, status, ms };
    this.#logger?.info(line, 'request');
  }
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
