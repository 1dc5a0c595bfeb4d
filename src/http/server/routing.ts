import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CabError } from '../../core/model/errors.ts';
import type { Endpoint, Services } from './endpoint.ts';
import { endpoints } from './endpoints.ts';
import { bytesType } from '../wire/entry-transfer.ts';

/** Adds all operations, and an error for the methods that a path does not have. */
export function addRoutes(app: FastifyInstance, services: Services): void {
  for (const endpoint of endpoints)
    if (endpoint.bytes === undefined) addRoute(app, endpoint, services);
  // A scope of their own: no other operation takes a body that is not JSON.
  app.register(async (scope) => {
    scope.addContentTypeParser(bytesType, (_request, body, done) => done(null, body));
    for (const endpoint of endpoints)
      if (endpoint.bytes === true) addRoute(scope, endpoint, services);
  });
  for (const url of new Set(endpoints.map((endpoint) => endpoint.url)))
    refuseOtherMethods(
      app,
      url,
      endpoints.filter((endpoint) => endpoint.url === url).flatMap(methodsOf),
    );
}

const addRoute = (app: FastifyInstance, endpoint: Endpoint, services: Services): unknown =>
  app.route({
    method: methodsOf(endpoint),
    url: endpoint.url,
    config: { role: endpoint.role },
    handler: (request, reply) => endpoint.handle(services, request, reply),
  });

const methodsOf = ({ method }: Endpoint): string[] =>
  method === 'GET' ? ['GET', 'HEAD'] : [method];

function refuseOtherMethods(app: FastifyInstance, url: string, known: readonly string[]): void {
  const refuse = async (request: FastifyRequest, reply: FastifyReply): Promise<never> => {
    reply.header('allow', known.join(', '));
    throw new CabError(
      'method_not_allowed',
      `${request.method} is not for ${shortUrl(request.url)}`,
    );
  };
  app.route({
    method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter(
      (method) => !known.includes(method),
    ),
    url,
    onRequest: refuse,
    handler: refuse,
  });
}

/** The URL, shortened for a message or a log line. */
export const shortUrl = (url: string): string => (url.length > 300 ? `${url.slice(0, 300)}…` : url);
