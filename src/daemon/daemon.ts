/**
 * The daemon: one per root, held by `.cab/daemon.json` from before it listens until after it has closed. Starts in the
 * order in which things may fail for the user to mend (the settings make no sense, the root is taken, the runner cannot
 * be had, the address is in use), and closes in the opposite one: no new callers, no new files, running jobs ended or
 * handed back.
 */
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { LocalBroker } from '../core/engine/local-broker.ts';
import { brokerOnRoot, type BrokerOnRootOptions } from '../compose/broker-on-root.ts';
import { layoutOf } from '../stores/local/layout.ts';
import { endAll } from '../support/end-all.ts';
import { CabError } from '../core/model/errors.ts';
import { readLastCheck } from '../core/maintenance/verify/last-check.ts';
import { inThread } from '../compose/publishing-thread.ts';
import { readingThreads, type ReadingThreads } from '../compose/reading-thread.ts';
import { claimDaemon, type DaemonClaim } from './daemon-file.ts';
import { daemonSocket } from './daemon-socket.ts';
import { startServer, type RunningServer } from '../http/server/server.ts';
import { settingsOf, type ServerOptions } from '../http/server/options.ts';

export interface DaemonOptions {
  readonly broker: Omit<BrokerOnRootOptions, 'work' | 'logger'>;
  readonly server: Omit<
    ServerOptions,
    | 'broker'
    | 'runner'
    | 'lastCheck'
    | 'readBody'
    | 'checkReady'
    | 'socket'
    | 'logger'
    | 'version'
    | 'cwd'
  >;
  readonly logger: Logger;
  /** What running jobs and answers under way are given to end, in milliseconds. */
  readonly graceMs: number;
  /** What else is to run on the broker while it serves; closed before the broker is. */
  readonly companion: (broker: LocalBroker) => Promise<{ close: () => Promise<void> }>;
}

export interface Daemon {
  /** `http://127.0.0.1:8099` */
  readonly address: string;
  close(): Promise<void>;
}

/** @throws CabError daemon_running, runner_not_found, runner_invalid, usage, address_unavailable */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { broker: settings, logger, graceMs } = options;
  const {
    root,
    runner,
    artifactName: artifact_name,
    manifestName: manifest_name,
    version,
  } = settings;
  // Before any job begins that a refusal would cut short.
  settingsOf({ ...options.server, version });
  const closers: (() => Promise<void>)[] = [];
  const close = (): Promise<void> => endAll(closers.splice(0).reverse());
  try {
    const claim = await claimDaemon(root, { version, runner, artifact_name, manifest_name });
    closers.push(() => claim.release());
    const reading = readingThreads();
    closers.push(() => reading.close());
    const broker = brokerOnRoot({
      ...settings,
      hashInput: reading.hashInput,
      publisher: inThread(settings),
      graceMs,
      work: 'all',
      logger,
    });
    closers.push(() => broker.close());
    await broker.start();
    const companion = await options.companion(broker);
    closers.push(() => companion.close());
    const socket = await daemonSocket(resolve(root));
    closers.push(() => socket.remove());
    const server = await serve(broker, socket.path, reading, options);
    closers.push(async () => {
      // At once: one grace for both, and no job begins that would be cut short once the answers are done.
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

/** Before nobody listens any more: while the daemon closes, commands do their work themselves. */
async function withdraw(claim: DaemonClaim, logger: Logger): Promise<void> {
  try {
    await claim.publish({ url: null, socket: null });
  } catch (error) {
    if (!(error instanceof CabError)) throw error;
    logger.warn({ err: error }, 'commands still find the daemon that closes');
  }
}

function serve(
  broker: LocalBroker,
  socket: string,
  { readBody }: ReadingThreads,
  options: DaemonOptions,
): Promise<RunningServer> {
  const {
    server,
    logger,
    broker: { root, runner, version, cwd },
  } = options;
  return startServer({
    ...server,
    broker,
    runner,
    lastCheck: () => readLastCheck(layoutOf(root)),
    readBody,
    checkReady: () => broker.checkReady(),
    socket,
    logger,
    version,
    ...(cwd !== undefined && { cwd }),
  });
}
