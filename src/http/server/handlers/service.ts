/** The operations of the daemon itself: health, readiness, metrics and the OpenAPI document. */
import { CabError } from '../../../core/model/errors.ts';
import { anyQuery, endpoint } from '../endpoint.ts';
import { jsonType, routes } from '../../wire/protocol.ts';

export const health = endpoint({
  id: 'getHealth',
  method: 'GET',
  url: routes.health,
  summary: 'Whether the daemon lives.',
  role: null,
  query: anyQuery,
  answers: { 200: { description: 'It does', schema: 'State' } },
  handle: async () => ({ status: 'ok' }),
});

export const ready = endpoint({
  id: 'getReadiness',
  method: 'GET',
  url: routes.ready,
  summary:
    'Whether the daemon takes jobs: the queue has room, its store and the disk can be written, and it is not shutting down.',
  role: null,
  query: anyQuery,
  answers: { 200: { description: 'It does', schema: 'State' } },
  handle: async ({ services: { checkReady, ongoing } }) => {
    if (ongoing.isClosing)
      throw new CabError('daemon_unreachable', 'the daemon is shutting down', {
        hint: 'Try again once it has been started anew.',
      });
    try {
      await checkReady();
    } catch (error) {
      if (error instanceof CabError) throw notReady(error);
      throw error;
    }
    return { status: 'ready' };
  },
});

export const metrics = endpoint({
  id: 'getMetrics',
  method: 'GET',
  url: routes.metrics,
  summary: 'Figures for Prometheus.',
  role: 'read',
  query: anyQuery,
  answers: { 200: { description: 'The figures', contentType: 'text/plain' } },
  handle: async ({ services, request, reply }) => {
    const { contentType, text } = await services.metrics.exposition(request.server.server);
    return reply.type(contentType).send(text);
  },
});

export const openapi = endpoint({
  id: 'getOpenApi',
  method: 'GET',
  url: routes.openapi,
  summary: 'This document.',
  role: 'read',
  query: anyQuery,
  answers: { 200: { description: 'OpenAPI 3.1', contentType: 'application/json' } },
  handle: async ({ services, reply }) => reply.type(jsonType).send(services.document()),
});

/** One status for all causes, as load balancers and orchestrators expect. The code of the cause is in `details`. */
const notReady = (cause: CabError): CabError =>
  new CabError('not_ready', `no job can be taken: ${cause.message}`, {
    hint: cause.hint,
    cause,
    details: { ...cause.details, error: cause.code },
  });
