/** Builds the Fastify app that serves cab: who may call, the routes, failures, metrics. It does not listen yet. */
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import {
  fastify,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { CabError } from '../../core/model/errors.ts';
import { ClientErrors } from './client-errors.ts';
import type { Services } from './endpoint.ts';
import { sendFailure } from './failures.ts';
import { allowOrigins } from './guard/cors.ts';
import { guardsOf, type Guards } from './guard/guards.ts';
import type { Limits, Role, Settings } from './options.ts';
import { keepAnswersWhole } from './connection/idle-connections.ts';
import { sendInterimAnswers } from './connection/interim-answers.ts';
import { plainRequests } from './plain/plain-requests.ts';
import { endQueuedAnswers } from './connection/queued-answers.ts';
import { requestId } from './request-id.ts';
import { logRequest } from './request-log.ts';
import { addRoutes, shortUrl } from './routing.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The role that a token needs. Null: open to all. Absent: no route was found, also open to all. */
    role?: Role | null;
  }
}

export async function createApp(
  services: Services,
  logger: FastifyBaseLogger | undefined,
): Promise<FastifyInstance> {
  const { settings, peers } = services;
  const fail = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
    sendFailure(error, request, reply, services);
  const guards = guardsOf(settings);
  const clientErrors = new ClientErrors();
  const app = fastify({
    ...(logger && { loggerInstance: logger }),
    ...serverOptions(settings.limits),
    clientErrorHandler: (error, socket) => clientErrors.refuse(error, socket),
    serverFactory: (toRoutes, options) => {
      const plain = plainRequests(services, guards, logger, toRoutes);
      const listener = inOriginForm(peers === null ? plain : peers.before(plain, toRoutes));
      const server = createServer(
        options.http ?? {},
        settings.foldSlashes ? foldingSlashes(listener) : listener,
      );
      peers?.watch(server);
      clientErrors.watch(server);
      sendInterimAnswers(server);
      endQueuedAnswers(server);
      keepAnswersWhole(server, () => services.metrics.inProgress > 0);
      return server;
    },
    frameworkErrors: (error, request, reply) => {
      frame(request, reply);
      void fail(error, request, reply);
    },
  });
  app.setErrorHandler(fail);
  app.setNotFoundHandler((request, reply) => fail(nothingAt(request.url), request, reply));
  acceptJson(app);
  addHooks(app, services, guards);
  await allowOrigins(app, settings);
  requireTokens(app, guards);
  addRoutes(app, services);
  return app;
}

const nothingAt = (url: string): CabError =>
  new CabError('not_found', `there is nothing at ${shortUrl(url)}`, {
    hint: 'GET /openapi.json tells what can be asked for.',
  });

const serverOptions = (limits: Limits) =>
  ({
    bodyLimit: limits.bodyBytes,
    http: {
      keepAliveTimeout: limits.idleMs,
      requestTimeout: limits.requestMs,
      maxHeaderSize: limits.headerBytes,
      headersTimeout: Math.min(limits.headersMs, limits.requestMs),
      connectionsCheckingInterval: Math.min(5000, limits.headersMs),
    },
    // A track of 200 bytes may take 600 characters. A longer one gets this far, so that the error names the track.
    routerOptions: { maxParamLength: limits.headerBytes },
    exposeHeadRoutes: false,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    logController: new fastify.LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'request_id',
    }),
    genReqId: requestId,
  }) as const;

/** Refuses any other type, because a form of a web page can send some types without a preflight. */
function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(
    /^application\/([\w.-]+\+)?json\s*(;|$)/i,
    { parseAs: 'buffer' },
    (_request, body, done) => done(null, body),
  );
}

/** Sets the headers of every answer. */
function frame(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({
    'x-request-id': request.id,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
}

/** True if the type is UTF-8 or names no charset: JSON is always UTF-8 (RFC 8259, 8.1). */
const isUtf8 = (type: string): boolean => {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(type)?.[1];
  return charset === undefined || /^utf-?8$/i.test(charset);
};

/** A form of a web page can send some types without a preflight. A browser's headers reveal such a request. */
const takesAnyType = ({ anyContentType }: Settings, headers: IncomingHttpHeaders): boolean =>
  anyContentType && headers.origin === undefined && headers['sec-fetch-site'] === undefined;

/**
 * The target may be a whole URL, as sent to a proxy. Then its host counts instead of the `Host` header (RFC 9112,
 * 3.2.2), and the guards check it.
 */
const inOriginForm =
  (listener: RequestListener): RequestListener =>
  (request, response) => {
    const { url = '' } = request;
    if (!url.startsWith('/') && /^https?:/i.test(url) && URL.canParse(url)) {
      const { host, pathname, search } = new URL(url);
      request.headers.host = host;
      request.url = pathname + search;
    }
    listener(request, response);
  };

const foldingSlashes =
  (listener: RequestListener): RequestListener =>
  (request, response) => {
    request.url = request.url?.replace(/^\/{2,}/, '/');
    listener(request, response);
  };

function addHooks(
  app: FastifyInstance,
  { settings, metrics, ongoing, peers }: Services,
  { checkCaller }: Guards,
): void {
  app.addHook('onRequest', async (request, reply) => {
    const { headers } = request;
    metrics.begun(reply.raw);
    frame(request, reply);
    peers?.check(request.raw.socket);
    checkCaller(request.raw);
    const type = headers['content-type'];
    // Reference clients may send JSON without a content type. `checkCaller` has refused a web page that does so.
    if (type === undefined || takesAnyType(settings, headers))
      headers['content-type'] = 'application/json';
    else if (request.method !== 'GET' && !isUtf8(type))
      throw new CabError('unsupported_media_type', 'the body is not said to be in UTF-8');
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity')
      throw new CabError('unsupported_media_type', `the body is encoded as ${encoding}`);
  });
  app.addHook('onSend', async (_request, reply) => {
    if (ongoing.isClosing) reply.header('connection', 'close');
    // From here on the client must read what it is sent.
    reply.raw.setTimeout(settings.limits.idleMs, () => reply.raw.destroy());
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const { method, url } = request;
    const { statusCode: status, elapsedTime: ms } = reply;
    metrics.request(method, route, status, ms / 1000);
    logRequest(request.log, { request_id: undefined, method, url, status, ms });
  });
}

/** Runs after the answers to preflights, which carry no token. */
function requireTokens(app: FastifyInstance, { checkToken }: Guards): void {
  app.addHook('onRequest', async ({ headers, routeOptions }) =>
    checkToken(headers.authorization, routeOptions.config.role ?? null),
  );
}
