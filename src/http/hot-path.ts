/**
 * Answers from memory what was answered lately, in front of the routes, which cost several times as much. It only ever
 * gives what they would give: the headers are those that they sent, the file is looked at anew, and whatever is not
 * plain (a range, an origin, a caller who is to be refused, a server that closes) is left to them.
 *
 * What is decided here holds for both ways that an answer takes out: an answer of `node:http`, and hot-socket.ts.
 */
import type { ServerResponse } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import { CabError } from '../core/errors.ts';
import { isKnown } from './delivery/conditional.ts';
import { isPlain, type Asked } from './delivery/plain.ts';
import type { AnswerHead, HotAnswer } from './delivery/hot-answers.ts';
import type { Services } from './endpoint.ts';
import { callerGuard } from './guard/caller.ts';
import { tokenGuard } from './guard/tokens.ts';
import { requestId } from './request-id.ts';
import { HotLog } from './hot-log.ts';
import { roundedMs } from './rounded-ms.ts';

/** One that is to be sent now; it counts as under way until `over` is called, once. */
export interface HotReply {
  readonly status: number;
  readonly head: AnswerHead;
  readonly request_id: string;
  /** What follows the head; undefined for none. */
  readonly body: Buffer | undefined;
  /** The connection is to be closed after it. */
  readonly isLast: boolean;
  readonly over: (isTaken: boolean) => void;
}

/** What it makes gives the answer to a request, undefined where the routes are to give it. */
export function hotPath(services: Services, logger: FastifyBaseLogger | undefined) {
  const { hot, ongoing, settings } = services;
  const checkCaller = callerGuard(settings);
  const checkToken = tokenGuard(settings.tokens);
  const log = logger && new HotLog(logger);
  return (request: Asked): HotReply | undefined => {
    const { url = '', headers } = request;
    const answer = hot.get(url);
    if (answer === undefined || ongoing.isClosing || !isPlain(request)) return undefined;
    try {
      checkCaller(headers);
      checkToken(headers.authorization, 'read');
    } catch (error) {
      if (error instanceof CabError) return undefined;
      throw error;
    }
    if (answer.isCurrent()) return replyTo(request, answer, services, log);
    hot.drop(url);
    return undefined;
  };
}

function replyTo(
  request: Asked,
  answer: HotAnswer,
  { metrics }: Services,
  log: HotLog | undefined,
): HotReply {
  const { method = '', headers } = request;
  const { bytes, digest, route, isFile, whole, notModified } = answer;
  const began = performance.now();
  const request_id = requestId({ headers });
  const status = isKnown(headers['if-none-match'], digest) ? 304 : 200;
  const isSent = status === 200 && method === 'GET';
  metrics.opened();
  metrics.fromMemory(isFile ? 'files' : 'pointers');
  if (isFile && status === 304) metrics.served('not_modified', 0);
  return {
    status,
    head: status === 304 ? notModified : whole,
    request_id,
    body: isSent ? bytes : undefined,
    isLast: false,
    over: (isTaken) => {
      metrics.closed();
      if (!isTaken) return;
      const ms = roundedMs(performance.now() - began);
      if (isFile && isSent) metrics.served('whole', bytes.length);
      metrics.request(method, route, status, ms / 1000);
      log?.of(answer, request, status).info({ request_id, ms }, 'request');
    },
  };
}

/** By the answer of `node:http`. A client that does not take it within `idleMs` is cut off. */
export function sendHot(reply: HotReply, response: ServerResponse, idleMs: number): void {
  const { status, head, request_id, body, isLast, over } = reply;
  if (response.destroyed) {
    over(false);
    return;
  }
  // One listener for all: each costs.
  response.on('close', () => over(response.writableFinished));
  const lines = head.lines(request_id);
  response.writeHead(status, isLast ? [...lines, 'connection', 'close'] : lines);
  response.end(body);
  if (response.writableLength > 0) response.setTimeout(idleMs, () => response.destroy());
}
