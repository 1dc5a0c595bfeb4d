import { silentLogger } from '../../support/logger.ts';
import { HeldAnswers } from './connection/held-answers.ts';
import { AnswerCache } from './delivery/answer-cache.ts';
import { RecentAnswers } from './delivery/recent-answers.ts';
import type { Services } from './endpoint.ts';
import { endpoints } from './endpoints.ts';
import { pathFence } from './guard/path-fence.ts';
import { peerGuardOf } from './guard/peers.ts';
import { roleGuard } from './guard/tokens.ts';
import { JobMetricsFeed } from './metrics/job-metrics-feed.ts';
import { Metrics } from './metrics/metrics.ts';
import { openApiDocument } from './openapi.ts';
import { settingsOf, type ServerOptions } from './options.ts';
import { PageFiles } from './page/page-files.ts';
import { bodyReader } from './submission/body-reader.ts';

/** What the handlers of one server share. Nothing listens yet. @throws CabError usage */
export async function servicesOf(options: ServerOptions): Promise<Services> {
  const settings = settingsOf(options);
  const { broker, logger } = options;
  const feed = new JobMetricsFeed(broker, logger ?? silentLogger);
  const peers = await peerGuardOf(settings.peers, logger);
  const ongoing = new HeldAnswers(settings.limits.held);
  let document: string | undefined;
  return {
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
}
