/** A daemon on a root of this machine. */
import type { Logger } from 'pino';
import type { AskedPolicy } from './upkeep/collect-root.ts';
import { startDaemon, type Daemon } from '../daemon/daemon.ts';
import type { DaemonSettings } from '../daemon/daemon-settings.ts';
import type { Collections, ServedRoot } from '../daemon/served-root.ts';
import type { LocalBroker } from '../core/engine/local-broker.ts';
import type { Workers } from '../http/server/options.ts';
import { diskSpace } from '../support/files/disk-space.ts';
import type { Exchange } from '../core/engine/exchange/exchange.ts';
import { Intake } from '../core/engine/exchange/intake.ts';
import { brokerOnRoot, openSharedRoot, type BrokerOnRootOptions } from './stores/broker-on-root.ts';
import { queueName } from './stores/job-access.ts';
import { openReports } from './stores/open-reports.ts';
import { resultsOf } from './stores/results-of.ts';
import { publishing } from './threads/publishing-thread.ts';
import { readingThreads } from './threads/reading-thread.ts';
import { rootUpkeep } from './upkeep/root-upkeep.ts';
import { watchingOf } from './watch-root.ts';

export interface ServeRootOptions {
  readonly broker: Omit<BrokerOnRootOptions, 'work' | 'logger' | 'cwd'> & { readonly cwd: string };
  readonly settings: DaemonSettings;
  /** How garbage is collected. */
  readonly policy: () => Promise<AskedPolicy>;
  /** Milliseconds between two collections of the daemon, if it collects. */
  readonly collectEveryMs: number | undefined;
  readonly logger: Logger;
}

/** Calls `startDaemon` for a root. */
export function serveRoot(options: ServeRootOptions): Promise<Daemon> {
  const { broker, settings, logger } = options;
  const { root, cwd, version, runner, artifactName, manifestName } = broker;
  return startDaemon({
    ...{ root, cwd, settings, logger },
    traits: {
      ...{ version, runner, artifact_name: artifactName, manifest_name: manifestName },
      store: broker.store?.url ?? null,
      queue: broker.queue === undefined ? null : queueName(broker.queue),
    },
    open: () => openServed(options),
  });
}

async function openServed(options: ServeRootOptions): Promise<ServedRoot> {
  const { broker, settings, logger } = options;
  const { root } = broker;
  const collections = await collectionsOf(options);
  const threads = readingThreads();
  const upkeep = rootUpkeep(broker, options.policy);
  const reports = openReports(root);
  const local = { ...broker, upstream: upstreamOf(options), logger };
  const opened = openSharedRoot(local, await resultsOf(local));
  const working = brokerOnRoot(
    {
      ...local,
      hashInput: threads.hashInput,
      ...publishing(broker),
      graceMs: settings.graceMs,
      work: 'all',
    },
    opened,
  );
  const { manifestName } = broker;
  const intake = new Intake({ ...opened.stores, manifestName, mostBytes: settings.mostEntryBytes });
  return {
    broker: working,
    intake,
    ...figuresOf(opened.exchange),
    workers: workersOf(working, broker.concurrency),
    disk: () => diskSpace(root),
    upkeep,
    watching: watchingOf(root),
    collections,
    readBody: threads.readBody,
    lastCheck: () => reports.lastCheck(),
    close: async () => {
      upkeep.close();
      await intake.close();
      await threads.close();
    },
  };
}

const figuresOf = (exchange: Exchange | undefined): Pick<ServedRoot, 'upstreamFigures'> =>
  exchange === undefined ? {} : { upstreamFigures: () => exchange.figures() };

/** A daemon goes on for long: it tries again to send what an upstream does not take now, and its log is read later. */
const upstreamOf = ({ broker, settings, logger }: ServeRootOptions): typeof broker.upstream =>
  broker.upstream && {
    ...broker.upstream,
    tell: (text, error) => logger.warn({ code: error?.code, hint: error?.hint }, text),
    isPatient: true,
    closingMs: settings.graceMs,
    interruption: () => new AbortController().signal,
  };

const workersOf = (broker: LocalBroker, concurrency: number): Workers => ({
  concurrency,
  get isPaused() {
    return broker.isPaused;
  },
  setPaused: (paused) => broker.setPaused(paused),
});

/** Loaded only if the daemon collects garbage. */
async function collectionsOf({
  broker: { root, store, queue, artifactName, manifestName },
  policy,
  collectEveryMs: everyMs,
  logger,
}: ServeRootOptions): Promise<Collections | undefined> {
  if (everyMs === undefined) return undefined;
  const [{ GcSchedule }, { collectRoot }] = await Promise.all([
    import('../daemon/gc-schedule.ts'),
    import('./upkeep/collect-root.ts'),
  ]);
  const asked = {
    root,
    store,
    queue,
    artifactName,
    manifestName,
    policy: await policy(),
    dryRun: false,
  };
  return new GcSchedule({
    ...{ everyMs, logger },
    collect: (pace) => collectRoot({ ...asked, pace }),
  });
}
