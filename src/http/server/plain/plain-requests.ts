/**
 * The listener of the server's `request` event. It answers plain requests here, before the routes, which cost several
 * times as much as such an answer. All other requests go to the routes, and so does every refusal of a caller.
 */
import type { RequestListener } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import { cachedReads } from './cached-read.ts';
import type { Services } from '../endpoint.ts';
import type { Guards } from '../guard/guards.ts';
import { plainSubmissions } from './plain-submission.ts';
import { ReplyBatch } from './reply-batch.ts';

export function plainRequests(
  services: Services,
  guards: Guards,
  logger: FastifyBaseLogger | undefined,
  toRoutes: RequestListener,
): RequestListener {
  const findRead = cachedReads(services, guards, logger);
  const findSubmission = plainSubmissions(services, guards, logger);
  const batch = new ReplyBatch(services.settings.limits.idleMs);
  return (request, response) => {
    // While the server closes, the routes add that to every answer.
    if (services.ongoing.isClosing) {
      toRoutes(request, response);
      return;
    }
    const read = findRead(request);
    if (read !== undefined) {
      batch.send(read, response);
      return;
    }
    const submission = findSubmission(request);
    if (submission === undefined) toRoutes(request, response);
    else void submission.answer(request, response, batch);
  };
}
