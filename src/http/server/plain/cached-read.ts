/**
 * Reads that are answered from memory. They are given what the routes would give: the headers that those sent, the file
 * looked at again, and the same guards. A read that is not plain, or whose caller is to be refused, is left to the routes.
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

/** What it makes gives the reply to a request, undefined if the routes are to give it. */
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
