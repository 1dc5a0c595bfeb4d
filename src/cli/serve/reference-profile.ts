/**
 * The differences between `content-addressed-broker` and `cab serve`, for scripts and clients of the reference broker.
 * Flags and variables of cab apply here too. `cab.config.json` is not read, because the reference reads none.
 */
import type { LocalOptions } from '../../compose/open-broker.ts';
import type { Config } from '../settings/config.ts';
import { job, store } from '../settings/flags.ts';
import { envOf } from '../settings/setting.ts';

/** How a daemon treats its clients. */
export type ServeProfile = 'cab' | 'reference';

type Environment = Readonly<Record<string, string | undefined>>;

/** The reference's older broker reads the root from a variable of its own. */
export function referenceEnvironment(env: Environment): Environment {
  const name = envOf(store.cas_root);
  // For both, an empty variable counts as not set.
  return (env[name] ?? '') === '' ? { ...env, [name]: env['MA_ECHO_CAS_ROOT'] } : env;
}

/** How the broker behind the daemon accepts jobs. */
export function profiled<Options extends Omit<LocalOptions, 'part'>>(
  profile: ServeProfile,
  options: Options,
  settings: Config,
): Options {
  if (profile === 'cab') return options;
  const asksForRetries = settings.source(job.retries) !== 'default';
  return {
    ...options,
    untracked: true,
    ...(!asksForRetries && { maxAttempts: 1, retries: { ...options.retries, outside: 0 } }),
  };
}
