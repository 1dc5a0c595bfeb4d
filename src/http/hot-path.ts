/**
 * Answers from memory what was answered lately, in front of the routes, which cost several times as much. It only ever
 * gives what they would give: the headers are those that they sent, the file is looked at anew, and whatever is not
 * plain (a range, an origin, a caller who is to be refused, a server that closes) is left to them.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CabError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { isKnown } from './delivery/conditional.ts';
import { isPlain } from './delivery/plain.ts';
import type { HotAnswer } from './delivery/hot-answers.ts';
import type { Services } from './endpoint.ts';
import { callerGuard } from './guard/caller.ts';
import { tokenGuard } from './guard/tokens.ts';
import { routes } from './protocol.ts';
import { requestId } from './request-id.ts';
import { shortUrl } from './routing.ts';

/** What it makes tells whether the request was answered. */
export function answerHot(services: Services, logger: Logger | undefined) {
  const { hot, ongoing, settings } = services;
  const checkCaller = callerGuard(settings);
  const checkToken = tokenGuard(settings.tokens);
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const { url = '', headers } = request;
    const answer = hot.get(url);
    if (answer === undefined || ongoing.isClosing || !isPlain(request)) return false;
    try {
      checkCaller(headers);
      checkToken(headers.authorization, 'read');
    } catch (error) {
      if (error instanceof CabError) return false;
      throw error;
    }
    if (!answer.file.isCurrent()) {
      hot.drop(url);
      return false;
    }
    send(answer, request, response, services, logger);
    return true;
  };
}

function send(
  { file: { bytes }, digest, whole, notModified }: HotAnswer,
  request: IncomingMessage,
  response: ServerResponse,
  { metrics, settings }: Services,
  logger: Logger | undefined,
): void {
  const began = performance.now();
  const { method = '', headers } = request;
  const request_id = requestId(request);
  const status = isKnown(headers['if-none-match'], digest) ? 304 : 200;
  const isSent = status === 200 && method === 'GET';
  metrics.opened();
  metrics.fromMemory();
  // One listener for all: each costs.
  response.on('close', () => {
    metrics.closed();
    if (!response.writableFinished) return;
    const ms = Math.round((performance.now() - began) * 1000) / 1000;
    if (isSent) metrics.served('whole', bytes.length);
    metrics.request(method, routes.file, status, ms / 1000);
    logger?.info({ request_id, method, url: shortUrl(request.url ?? ''), status, ms }, 'request');
  });
  response.writeHead(status, withId(status === 304 ? notModified : whole, request_id));
  response.end(isSent ? bytes : undefined);
  if (status === 304) metrics.served('not_modified', 0);
  // The client must take what it is sent, where the system did not take it at once.
  if (response.writableLength > 0)
    response.setTimeout(settings.limits.idleMs, () => response.destroy());
}

function withId(headers: readonly string[], request_id: string): string[] {
  const own = [...headers];
  own[own.indexOf('x-request-id') + 1] = request_id;
  return own;
}
