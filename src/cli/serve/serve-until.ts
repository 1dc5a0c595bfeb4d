import { resolve } from 'node:path';
import { CabError } from '../../core/model/errors.ts';
import { isPythonRunner, normalizeRunnerSpec, resolverOf } from '../../compose/resolve-runner.ts';
import { aborted } from '../../support/time/aborted.ts';
import type { Config } from '../settings/config.ts';
import { serveRoot, type ServeRootOptions } from '../../compose/serve-root.ts';
import { checkFolder } from '../../compose/watch-root.ts';
import type { DaemonSettings } from '../../daemon/daemon-settings.ts';
import { job, serve, servedGc } from '../settings/flags.ts';
import { daemonSettings } from './daemon-settings.ts';
import type { LocalOptions } from '../../compose/open-broker.ts';
import type { ServeProfile } from './reference-profile.ts';
import { logFor } from './log-for.ts';
import { checkOpen, openPage } from './open-page.ts';
import { serviceManager, withoutManager } from '../../daemon/service-manager.ts';
import { isLive, type Services } from '../services.ts';

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
  const { cwd, root } = local;
  const database = settings.get(job.db);
  const runner = normalizeRunnerSpec(local.runner, cwd);
  const logger = logFor(services, settings.get(serve.log_level));
  const manager = serviceManager(services.env, logger);
  const env = withoutManager(services.env);
  const folders = settings.get(serve.watch);
  const told = await daemonSettings(settings, services, profile);
  checkOpen(settings, told);
  await checkFolders(root, cwd, folders, told);
  const daemon = await serveRoot({
    broker: {
      ...local,
      runner,
      database,
      resolveRunner: resolverOf({ ...local, env, python }),
    },
    settings: told,
    collectEveryMs: settings.get(servedGc.gc_every),
    policy: () => policyOf(settings),
    logger,
  });
  if (isLive(services.stderr, services.env))
    services.stderr.write(welcome(daemon.address, root, folders));
  else logger.info({ address: daemon.address, root, watching: folders }, 'serving');
  if (database === undefined && isPythonRunner(runner, cwd)) logger.warn(withoutDatabase);
  if (settings.get(serve.open)) void openPage(daemon.address, env, logger);
  await manager.ready(`serving ${root} at ${daemon.address}`);
  await aborted(signal);
  logger.info('closing: running jobs are ended or handed back to the queue');
  await Promise.all([manager.stopping(), daemon.close()]);
  logger.info('closed');
}

/** Without `--db`, a Python callable may read a database that is in no key. Its results would stay hits after that database changed. */
const withoutDatabase =
  'no database is named, and the Python runner may read one of its own: results stand after it has changed. Name it with --db or CAB_DB, and its digest is a part of each key; or let the callable declare it (docs/reference/runners.md)';

/** Loaded only if the daemon collects garbage, or is asked what that would remove. */
async function policyOf(settings: Config): ReturnType<ServeRootOptions['policy']> {
  const gc = await import('../maintenance/collect.ts');
  return gc.policyOf(settings, settings.get(servedGc.gc_grace));
}

/** Throws if a folder cannot be watched, before the broker runs queued jobs. */
async function checkFolders(
  root: string,
  cwd: string,
  folders: readonly string[],
  { watch }: DaemonSettings,
): Promise<void> {
  for (const folder of folders)
    await checkFolder(
      root,
      resolve(cwd, folder),
      watch,
      () =>
        new CabError('usage', `--watch: ${folder} lies outside of what --allow-root names`, {
          hint: `Name it too: --allow-root ${folder}`,
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
