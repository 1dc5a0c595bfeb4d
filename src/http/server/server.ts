import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { problemOf } from '../wire/error-codec.ts';
import { problemType } from '../wire/protocol.ts';
import { createApp } from './app.ts';
import type { Services } from './endpoint.ts';
import { pathFence } from './guard/path-fence.ts';
import { roleGuard } from './guard/tokens.ts';
import type { JobMetricsFeed } from './metrics/job-metrics-feed.ts';
import type { HeldAnswers } from './connection/held-answers.ts';
import { listenOnSocket } from './connection/listen-on-socket.ts';
import { servicesOf } from './services.ts';
import { isLoopbackHost, type ServerOptions, type Settings } from './options.ts';

export interface RunningServer {
  /** `http://127.0.0.1:8099`. */
  readonly address: string;
  /**
   * Stops accepting, ends waits and event streams, and gives answers in progress at most `graceMs` to finish. Then it
   * cuts them off. Leaves the broker open. Idempotent.
   */
  close(graceMs: number): Promise<void>;
}

export interface MountedServer {
  readonly handle: RequestListener;
  /** As that of a running server; the caller's server goes on. */
  readonly close: RunningServer['close'];
}

/**
 * Serves any broker over HTTP. On return connections are accepted.
 * @throws CabError usage (an open address without a token), address_unavailable
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const services = await servicesOf(options);
  const { settings } = services;
  const { logger } = options;
  const app = await createApp(services, logger);
  const address = await listen(app, settings);
  const apps = [app];
  if (options.socket !== undefined) apps.push(await localApp(options.socket, services, logger));
  for (const { server } of apps) server.maxConnections = settings.limits.connections;
  services.feed.start();
  return { address, close: closing(apps, services) };
}

/**
 * Serves any broker on the requests that a server of the caller passes on. The connections are that server's.
 * @throws CabError usage
 */
export async function mountServer(
  options: Omit<ServerOptions, 'port' | 'socket'>,
): Promise<MountedServer> {
  const services = await servicesOf({ ...options, port: 0 });
  const app = await createApp(services, options.logger);
  await app.ready();
  services.feed.start();
  const { settings, ongoing } = services;
  return {
    handle: (request, response) => {
      const refusal = ongoing.isClosing ? unmounted() : arrival(settings, request.socket);
      if (refusal === undefined) app.server.emit('request', request, response);
      else refuse(response, refusal);
    },
    close: closing([app], services),
  };
}

const unmounted = (): CabError =>
  new CabError('not_ready', 'the broker is no longer served here', {
    hint: 'Nothing was done. Ask the server that serves it now.',
  });

/**
 * Without tokens nobody but this machine may call. The caller's server may listen at more addresses than the one that it
 * named, so each connection is looked at.
 */
function arrival({ isLoopback, tokens }: Settings, { localAddress = '' }: Socket) {
  const address = localAddress.replace(/^::ffff:(?=\d)/i, '');
  if (!isLoopback || tokens.length > 0 || isLoopbackHost(address)) return undefined;
  return new CabError(
    'host_refused',
    `${address || 'a socket'} is no address that is served here`,
    {
      hint: 'Name the host that the server listens at, and set tokens.',
    },
  );
}

function refuse(response: ServerResponse, error: CabError): void {
  const problem = problemOf(error);
  response.writeHead(problem.status, { 'content-type': problemType, connection: 'close' });
  response.end(JSON.stringify(problem));
}

const closing = (apps: readonly FastifyInstance[], services: Services): RunningServer['close'] => {
  let closed: Promise<void> | undefined;
  return (graceMs) =>
    (closed ??= close(apps, services.ongoing, services.feed, graceMs).finally(() =>
      services.metrics.close(),
    ));
};

async function listen(app: FastifyInstance, { host, port }: Settings): Promise<string> {
  try {
    await app.listen({ host, port, listenTextResolver: (address) => `listening at ${address}` });
  } catch (error) {
    await app.close();
    const errno = errnoOf(error) ?? '';
    const why = unavailable[errno];
    if (why === undefined) throw error;
    throw new CabError('address_unavailable', `${host}:${port} ${why} (${errno})`, {
      cause: error,
      details: { host, port },
    });
  }
  const { address, family, port: bound } = addressOf(app);
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
}

const unavailable: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another process',
  EADDRNOTAVAIL: 'is no address of this machine',
  EACCES: 'may not be listened at by this user',
  ENOTFOUND: 'names a host that is not known',
};

/** The same API on the Unix socket, without the guards for other users. */
async function localApp(
  socket: string,
  services: Services,
  logger: ServerOptions['logger'],
): Promise<FastifyInstance> {
  const settings = { ...services.settings, isLoopback: true, tokens: [], allowRoots: [] };
  const open = {
    ...{ ...services, settings, peers: null, knowsCallers: true },
    fence: pathFence(settings),
    roleOf: roleGuard(settings.tokens),
  };
  const app = await createApp(open, logger);
  await app.ready();
  await listenOnSocket(app.server, socket);
  return app;
}

function addressOf(app: FastifyInstance): AddressInfo {
  const address = app.server.address();
  if (address === null || typeof address === 'string')
    throw new CabError('internal', 'the server has no address');
  return address;
}

async function close(
  apps: readonly FastifyInstance[],
  ongoing: HeldAnswers,
  feed: JobMetricsFeed,
  graceMs: number,
): Promise<void> {
  ongoing.endAll();
  const timeUp = new AbortController();
  // A connection whose answer began before the close may stay open afterwards, with nobody to use it.
  const sweep = setInterval(() => apps.forEach(({ server }) => server.closeIdleConnections()), 100);
  const cut = delay(graceMs, undefined, { signal: timeUp.signal }).then(
    () => apps.forEach(({ server }) => server.closeAllConnections()),
    () => undefined,
  );
  await Promise.all(apps.map(stop));
  clearInterval(sweep);
  timeUp.abort();
  await cut;
  await feed.stop();
}

/** Fastify closes only servers that it started to listen itself, so the socket's server is closed here. */
async function stop(app: FastifyInstance): Promise<void> {
  const closed = app.server.listening ? once(app.server, 'close') : undefined;
  if (typeof app.server.address() === 'string') app.server.close();
  await app.close();
  await closed;
}
