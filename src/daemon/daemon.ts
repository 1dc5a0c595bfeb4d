/**
 * The daemon: one per root. It holds `.cab/daemon.json` from before it listens until after it has closed. It
 * starts in an order that reports first what the user can correct: wrong settings, a root that is taken, a missing
 * runner, an address in use. It closes in the opposite order: no new callers, no new files, then running jobs are
 * finished or handed back.
 */
import type { Logger } from 'pino';
import { builtFile } from '../support/thread/built-file.ts';
import { endAll } from '../support/end-all.ts';
import { CabError } from '../core/model/errors.ts';
import { claimDaemon, type DaemonClaim, type DaemonTraits } from './daemon-file.ts';
import type { DaemonSettings } from './daemon-settings.ts';
import { daemonSocket } from './daemon-socket.ts';
import { serveFolders } from './served-folders.ts';
import type { ServedRoot } from './served-root.ts';
import { startServer, type RunningServer } from '../http/server/server.ts';
import { settingsOf } from '../http/server/options.ts';

export interface DaemonOptions {
  readonly root: string;
  /** The directory that relative paths of requests start from. */
  readonly cwd: string;
  readonly traits: DaemonTraits;
  readonly settings: DaemonSettings;
  readonly logger: Logger;
  /** Called once this daemon holds the root. */
  readonly open: () => Promise<ServedRoot>;
}

export interface Daemon {
  /** `http://127.0.0.1:8099` */
  readonly address: string;
  close(): Promise<void>;
}

/** @throws CabError daemon_running, runner_not_found, runner_invalid, usage, address_unavailable */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { root, traits, settings, logger } = options;
  const { graceMs } = settings;
  // Checks the settings before any job starts, because an error later would interrupt the job.
  settingsOf({ ...settings.listen, version: traits.version });
  const closers: (() => Promise<void>)[] = [];
  const close = (): Promise<void> => endAll(closers.splice(0).reverse());
  try {
    const claim = await claimDaemon(root, traits);
    closers.push(() => claim.release());
    const served = await options.open();
    const { broker, collections } = served;
    closers.push(
      () => served.close(),
      () => broker.close(),
    );
    await broker.start();
    const watched = await watch(served, options);
    closers.push(() => watched.close());
    collections?.start();
    closers.push(async () => collections?.close());
    const socket = await daemonSocket(root);
    closers.push(() => socket.remove());
    const server = await serve(served, socket.path, options);
    closers.push(async () => {
      // Stopped at once: the grace counts for both, and no new job starts that would be
      // interrupted after the answers.
      const stopped = broker.stop();
      const answered = (): Promise<unknown> => Promise.all([server.close(graceMs), stopped]);
      await endAll([() => withdraw(claim, logger), answered]);
    });
    await claim.publish({ url: server.address, socket: socket.path });
    return { address: server.address, close };
  } catch (error) {
    await close().catch((failed: unknown) =>
      logger.warn({ err: failed }, 'what had been started could not be closed'),
    );
    throw error;
  }
}

/** Runs before the daemon stops listening. While it closes, commands work without it. */
async function withdraw(claim: DaemonClaim, logger: Logger): Promise<void> {
  try {
    await claim.publish({ url: null, socket: null });
  } catch (error) {
    if (!(error instanceof CabError)) throw error;
    logger.warn({ err: error }, 'commands still find the daemon that closes');
  }
}

const watch = ({ broker, watching }: ServedRoot, { settings, logger }: DaemonOptions) =>
  serveFolders({
    folders: settings.folders,
    watch: { ...settings.watch, ...watching, broker },
    logger,
  });

function serve(
  served: ServedRoot,
  socket: string,
  { settings, traits, logger, cwd }: DaemonOptions,
): Promise<RunningServer> {
  const { broker, readBody, lastCheck, collections, workers, disk, upkeep } = served;
  const { intake, upstreamFigures } = served;
  return startServer({
    ...settings.listen,
    broker,
    runner: traits.runner,
    checkReady: () => broker.checkReady(),
    ...(readBody && { readBody }),
    ...(lastCheck && { lastCheck }),
    ...(workers && { workers }),
    ...(disk && { disk }),
    ...(upkeep && { upkeep }),
    ...(intake && { intake }),
    ...(upstreamFigures && { upstreamFigures }),
    ...(collections && { collections }),
    ...(settings.page && { page: builtFile('ui') }),
    socket,
    logger,
    version: traits.version,
    cwd,
  });
}
