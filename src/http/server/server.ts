import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { silentLogger } from '../../support/logger.ts';
import { createApp } from './app.ts';
import { AnswerCache } from './delivery/answer-cache.ts';
import { RecentAnswers } from './delivery/recent-answers.ts';
import type { Services } from './endpoint.ts';
import { endpoints } from './endpoints.ts';
import { pathFence } from './guard/path-fence.ts';
import { roleGuard } from './guard/tokens.ts';
import { peerGuardOf } from './guard/peers.ts';
import { JobMetricsFeed } from './metrics/job-metrics-feed.ts';
import { Metrics } from './metrics/metrics.ts';
import { PageFiles } from './page/page-files.ts';
import { HeldAnswers } from './connection/held-answers.ts';
import { listenOnSocket } from './connection/listen-on-socket.ts';
import { openApiDocument } from './openapi.ts';
import { bodyReader } from './submission/body-reader.ts';
import { settingsOf, type ServerOptions, type Settings } from './options.ts';

export interface RunningServer {
  /** `http://127.0.0.1:8099`. */
  readonly address: string;
  /**
   * Stops accepting, ends waits and event streams, and gives answers in progress at most `graceMs` to finish. Then it
   * cuts them off. Leaves the broker open. Idempotent.
   */
  close(graceMs: number): Promise<void>;
}

/**
 * Serves any broker over HTTP. On return connections are accepted.
 * @throws CabError usage (an open address without a token), address_unavailable
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const settings = settingsOf(options);
  const { broker, logger } = options;
  const feed = new JobMetricsFeed(broker, logger ?? silentLogger);
  const peers = await peerGuardOf(settings.peers, logger);
  const ongoing = new HeldAnswers(settings.limits.held);
  let document: string | undefined;
  const services: Services = {
    broker,
    settings,
    ongoing,
    answers: new AnswerCache(),
    recent: {
      facets: new RecentAnswers(2000),
      stats: new RecentAnswers(5000),
      gcPlan: new RecentAnswers(30_000),
    },
    peers,
    intake: options.intake,
    knowsCallers: settings.tokens.length > 0 || peers !== null,
    feed,
    workers: options.workers,
    disk: options.disk,
    upkeep: options.upkeep,
    roleOf: roleGuard(settings.tokens),
    metrics: new Metrics(broker, feed, { ...options, endpoints }),
    readSubmission: bodyReader(settings, options.readBody),
    fence: pathFence(settings),
    checkReady: options.checkReady ?? (() => broker.counts().then(() => undefined)),
    page: options.page === undefined ? undefined : new PageFiles(options.page),
    document: () =>
      (document ??= JSON.stringify(openApiDocument(endpoints, settings.version), null, 2)),
  };
  const app = await createApp(services, logger);
  const address = await listen(app, settings);
  const apps = [app];
  if (options.socket !== undefined) apps.push(await localApp(options.socket, services, logger));
  for (const { server } of apps) server.maxConnections = settings.limits.connections;
  feed.start();
  let closed: Promise<void> | undefined;
  return {
    address,
    close: (graceMs) =>
      (closed ??= close(apps, ongoing, feed, graceMs).finally(() => services.metrics.close())),
  };
}

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
