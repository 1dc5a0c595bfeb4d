import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { CabError, errnoOf } from '../core/errors.ts';
import type { Token } from '../http/options.ts';
import { normalizeRunnerSpec, resolveRunner } from '../runners/resolve.ts';
import type { Config } from './config.ts';
import { startDaemon } from './daemon.ts';
import { daemon as daemonFlags } from './flags.ts';
import type { LocalOptions } from './open-broker.ts';
import { gatheredLines } from './gathered-lines.ts';
import { serve } from './serve-flags.ts';
import { isLive, type Services } from './services.ts';
import { watchFolders } from './watch-folders.ts';

export interface ServeOptions {
  readonly broker: Omit<LocalOptions, 'part'>;
  readonly settings: Config;
  readonly services: Services;
}

/** Serves until the signal is aborted, then closes and resolves. */
export async function serveUntil(signal: AbortSignal, options: ServeOptions): Promise<void> {
  const {
    settings,
    services,
    broker: { python, ...local },
  } = options;
  const { cwd } = local;
  const logger = loggerFor(services);
  const folders = settings.get(serve.watch);
  const tokens = await tokensOf(settings);
  const daemon = await startDaemon({
    broker: {
      ...local,
      runner: normalizeRunnerSpec(local.runner, cwd),
      resolveRunner: (spec) => resolveRunner(spec, { cwd, python, killGraceMs: local.graceMs }),
    },
    server: {
      host: settings.get(serve.host),
      port: settings.get(serve.port),
      tokens,
      insecure: settings.get(serve.insecure),
      allowRoots: settings.get(serve.allow_root).map((dir) => resolve(cwd, dir)),
      corsOrigins: settings.get(serve.cors_origin),
      bareEtags: settings.get(serve.bare_etags),
      limits: { bodyBytes: settings.get(serve.body_limit) },
    },
    logger,
    graceMs: settings.get(serve.grace),
    companion: (broker) => watchFolders({ broker, folders, settings, cwd, logger }),
  });
  if (isLive(services.stderr, services.env))
    services.stderr.write(welcome(daemon.address, local.root, folders));
  logger.info({ address: daemon.address, root: local.root, watching: folders }, 'serving');
  await new Promise<void>((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
  logger.info('closing: running jobs are ended or handed back to the queue');
  await daemon.close();
  logger.info('closed');
}

/** For people at a terminal; JSON lines for everything else. */
function loggerFor({ stderr, env }: Services): Logger {
  if (!isLive(stderr, env)) return pino({ name: 'cab' }, gatheredLines(stderr));
  const colorize = (env['NO_COLOR'] ?? '') === '';
  return pino(
    { name: 'cab' },
    pretty({
      colorize,
      destination: stderr,
      ignore: 'pid,hostname,name',
      translateTime: 'HH:MM:ss',
    }),
  );
}

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
  const lines =
    file === undefined ? [] : (await readTokens(file)).split('\n').map((line) => line.trim());
  const tokens = lines.filter((line) => line !== '' && !line.startsWith('#')).map(tokenOf);
  return single === undefined ? tokens : [...tokens, { token: single, role: 'write' }];
}

const tokenOf = (line: string): Token => {
  const [, role, token] = /^(read|write)\s+(\S+)$/.exec(line) ?? [];
  return { token: token ?? line, role: role === 'read' ? 'read' : 'write' };
};

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
