/**
 * Answers reads from memory. The answer is the same as that of the routes: the headers that they sent, a check of the
 * file, and the same guards. A read that is not plain, or whose caller must be refused, goes to the routes.
 */
import type { FastifyBaseLogger } from 'fastify';
import type { CachedAnswer } from '../delivery/answer-cache.ts';
import { isKnown } from '../delivery/conditional.ts';
import { isPlainRead, type Asked } from '../delivery/plain-read.ts';
import type { Services } from '../endpoint.ts';
import type { Guards } from '../guard/guards.ts';
import type { Reply } from './reply-batch.ts';
import { requestId } from '../request-id.ts';
import { logRequest } from '../request-log.ts';

/** Makes a function that gives the reply to a request, or undefined if the routes must answer. */
export function cachedReads(
  services: Services,
  guards: Guards,
  logger: FastifyBaseLogger | undefined,
) {
  const { answers } = services;
  return (request: Asked): Reply | undefined => {
    const { url = '' } = request;
    const answer = answers.get(url);
    if (answer === undefined || !isPlainRead(request)) return undefined;
    if (!guards.lets(request, 'read')) return undefined;
    if (answer.isCurrent()) return replyTo(request, answer, services, logger);
    answers.drop(url);
    return undefined;
  };
}

function replyTo(
  request: Asked,
  answer: CachedAnswer,
  { metrics }: Services,
  logger: FastifyBaseLogger | undefined,
): Reply {
  const { method = '', url = '', headers } = request;
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
    headers: (status === 304 ? notModified : whole).linesFor(request_id),
    body: isSent ? bytes : undefined,
    over: (isTaken) => {
      metrics.closed();
      if (!isTaken) return;
      const ms = performance.now() - began;
      if (isFile && isSent) metrics.served('whole', bytes.length);
      metrics.request(method, route, status, ms / 1000);
      logRequest(logger, { request_id, method, url, status, ms });
    },
  };
}
