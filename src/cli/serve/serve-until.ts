import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pino, type Logger } from 'pino';
import { endAll } from '../../support/end-all.ts';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { pathFence } from '../../http/server/guard/path-fence.ts';
import type { Token } from '../../http/server/options.ts';
import { logEntrySchema, logLine } from '../terminal/log-line.ts';
import {
  isPythonRunner,
  normalizeRunnerSpec,
  resolveRunner,
} from '../../compose/resolve-runner.ts';
import type { Collector } from '../../daemon/gc-schedule.ts';
import type { Config } from '../settings/config.ts';
import { startDaemon } from '../../daemon/daemon.ts';
import { daemon as daemonFlags, job } from '../settings/flags.ts';
import { servedGc } from '../settings/gc-flags.ts';
import { limitsOf } from './limits.ts';
import type { LocalOptions } from '../../compose/open-broker.ts';
import type { ServeProfile } from './reference-profile.ts';
import { gatheredLines } from './gathered-lines.ts';
import { serve } from '../settings/serve-flags.ts';
import { serveFolders } from '../../daemon/served-folders.ts';
import { serviceManager, withoutManager } from '../../daemon/service-manager.ts';
import { isLive, shownOn, styleOf, type OutputStream, type Services } from '../services.ts';
import { uidsOf } from './user-ids.ts';
import { checkFolders } from '../watch/watch-folders.ts';

export interface ServeOptions {
  readonly broker: Omit<LocalOptions, 'part'>;
  readonly profile: ServeProfile;
  readonly settings: Config;
  readonly services: Services;
}

/** Serves until the signal is aborted, then closes and resolves. */
export async function serveUntil(signal: AbortSignal, options: ServeOptions): Promise<void> {
  const {
    settings,
    services,
    profile,
    broker: { python, ...local },
  } = options;
  const isReference = profile === 'reference';
  const database = settings.get(job.db);
  const runner = normalizeRunnerSpec(local.runner, local.cwd);
  const { cwd } = local;
  const logger = loggerFor(services, settings.get(serve.log_level));
  const manager = serviceManager(services.env, logger);
  const env = withoutManager(services.env);
  const folders = settings.get(serve.watch);
  const allowRoots = settings.get(serve.allow_root).map((dir) => resolve(cwd, dir));
  // The folders were named by whoever started the daemon: without --allow-root they may lead anywhere, at any address.
  const fence = pathFence({ allowRoots, isLoopback: true, cwd });
  const tokens = await tokensOf(settings);
  const collector = await collectorOf(options, logger);
  // The broker runs what is queued before the first folder is watched.
  await checkFolders({ folders, settings, cwd, fence });
  const daemon = await startDaemon({
    broker: {
      ...local,
      runner,
      database,
      resolveRunner: (spec) =>
        resolveRunner(spec, { cwd, env, python, killGraceMs: local.graceMs }),
    },
    server: {
      host: settings.get(serve.host),
      port: settings.get(serve.port),
      tokens,
      insecure: settings.get(serve.insecure),
      allowUsers: await uidsOf(settings.get(serve.allow_user)),
      allowRoots,
      corsOrigins: settings.get(serve.cors_origin),
      bareEtags: settings.get(serve.bare_etags) || isReference,
      compatible: isReference,
      allowedHosts: settings.get(serve.allow_host),
      limits: limitsOf(settings),
      ...(collector !== undefined && { collections: collector }),
    },
    logger,
    graceMs: settings.get(serve.grace),
    companion: async (broker) => {
      const watched = await serveFolders({ broker, folders, settings, cwd, fence, logger });
      collector?.start();
      return {
        close: () => endAll([async () => collector?.close(), () => watched.close()]),
      };
    },
  });
  if (isLive(services.stderr, services.env))
    services.stderr.write(welcome(daemon.address, local.root, folders));
  else logger.info({ address: daemon.address, root: local.root, watching: folders }, 'serving');
  if (database === undefined && isPythonRunner(runner, cwd)) logger.warn(withoutDatabase);
  await manager.ready(`serving ${local.root} at ${daemon.address}`);
  await new Promise<void>((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
  logger.info('closing: running jobs are ended or handed back to the queue');
  await Promise.all([manager.stopping(), daemon.close()]);
  logger.info('closed');
}

/** Its callable may read a database of its own, which no key knows: its results would be hits after that database changed. */
const withoutDatabase =
  'no database is named, and the Python runner may read one of its own: results stand after it has changed. Name it with --db or CAB_DB, and its digest is a part of each key; or let the callable declare it (docs/runners.md)';

/** Loaded where the daemon is to collect garbage. */
async function collectorOf(
  { settings, broker: { root, artifactName, manifestName } }: ServeOptions,
  logger: Logger,
): Promise<Collector | undefined> {
  const everyMs = settings.get(servedGc.gc_every);
  if (everyMs === undefined) return undefined;
  const [{ Collector: Made }, { policyOf }, { collectRoot }] = await Promise.all([
    import('../../daemon/gc-schedule.ts'),
    import('../maintenance/collect.ts'),
    import('../../compose/collect-root.ts'),
  ]);
  const policy = policyOf(settings, settings.get(servedGc.gc_grace));
  const asked = { root, artifactName, manifestName, policy, dryRun: false };
  return new Made({ everyMs, logger, collect: (pace) => collectRoot({ ...asked, pace }) });
}

/** For people at a terminal; JSON lines for everything else. */
function loggerFor({ stderr, env }: Services, level: string): Logger {
  if (isLive(stderr, env)) return pino({ name: 'cab', level }, linesForPeople(stderr, env));
  stderr.on('error', loseLines);
  return pino({ name: 'cab', level }, gatheredLines(stderr));
}

/** The reader of the log is gone, or its disk is full: that costs lines of the log, not the daemon. */
function loseLines(error: Error): void {
  if (!['EPIPE', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EIO'].includes(errnoOf(error) ?? '')) throw error;
}

const linesForPeople = (stderr: OutputStream, env: Services['env']) => ({
  write(line: string): void {
    const entry = logEntrySchema.parse(JSON.parse(line));
    stderr.write(`${shownOn(stderr, logLine(styleOf(stderr, env), entry))}\n`);
  },
});

const welcome = (address: string, root: string, folders: readonly string[]): string => `
  cab serves  ${root}
  at          ${address}
${folders.map((folder) => `  watching    ${folder}\n`).join('')}
  try         cab submit song.features.json --track song --wait
              curl ${address}/echo/index/song.json
  stop        Ctrl-C

`;

/** A line `read TOKEN` may only ask; any other line is a token that may also submit, cancel and retry. */
async function tokensOf(settings: Config): Promise<Token[]> {
  const file = settings.get(serve.token_file);
  const single = settings.get(daemonFlags.token);
  const tokens = file === undefined ? [] : await tokensIn(file);
  return single === undefined ? tokens : [...tokens, { token: single, role: 'write' }];
}

/** A file without tokens would open to everyone what was meant to be closed. */
async function tokensIn(file: string): Promise<Token[]> {
  const lines = (await readTokens(file)).split('\n').map((line) => line.trim());
  const tokens = lines.flatMap((line, n): Token[] => {
    if (line === '' || line.startsWith('#')) return [];
    const [, role = 'write', token = ''] = /^(?:(read|write)\s+)?(\S+)$/.exec(line) ?? [];
    if (token === '' || token === 'read' || token === 'write')
      throw new CabError(
        'config_invalid',
        `the file of tokens ${file}, line ${n + 1}: expected a token, or "read TOKEN"`,
      );
    return [{ token, role: role === 'read' ? 'read' : 'write' }];
  });
  if (tokens.length > 0) return tokens;
  throw new CabError('config_invalid', `the file of tokens ${file} holds no token`, {
    hint: 'Write a token on a line of its own, or leave --token-file out.',
  });
}

async function readTokens(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new CabError('config_invalid', `the file of tokens ${file} cannot be read (${errno})`, {
      cause: error,
    });
  }
}
