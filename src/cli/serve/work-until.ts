import { normalizeRunnerSpec, resolverOf } from '../../compose/resolve-runner.ts';
import type { LocalOptions } from '../../compose/open-broker.ts';
import { queueNames } from '../../compose/stores/job-access.ts';
import { workOn } from '../../compose/work-root.ts';
import { serviceManager, withoutManager } from '../../daemon/service-manager.ts';
import type { Services } from '../services.ts';
import type { Config } from '../settings/config.ts';
import { job, serve, worker } from '../settings/flags.ts';
import { logFor } from './log-for.ts';

export interface WorkOptions {
  readonly broker: Omit<LocalOptions, 'part'>;
  readonly settings: Config;
  readonly services: Services;
}

/** Works until the signal is aborted or a limit is reached, then closes and resolves. */
export async function workUntil(signal: AbortSignal, options: WorkOptions): Promise<void> {
  const { settings, services } = options;
  const { python, ...local } = options.broker;
  const logger = logFor(services, settings.get(serve.log_level));
  const manager = serviceManager(services.env, logger);
  const env = withoutManager(services.env);
  const { where } = queueNames(local);
  logger.info({ queue: where, store: local.store?.url ?? local.root }, 'working');
  await manager.ready(`working on ${where}`);
  await workOn(
    {
      ...local,
      logger,
      mostJobs: settings.get(worker.max_jobs),
      runner: normalizeRunnerSpec(local.runner, local.cwd),
      database: settings.get(job.db),
      resolveRunner: resolverOf({ ...local, env, python }),
    },
    { drains: settings.get(worker.drain), idleExitMs: settings.get(worker.idle_exit) },
    signal,
  );
  await manager.stopping();
  logger.info('closed');
}
