/**
 * What `content-addressed-broker` does otherwise than `cab serve`, for the scripts and clients of the reference broker.
 * Flags and variables of cab hold here too; `cab.config.json` is not looked for, as the reference looks for none.
 */
import type { LocalOptions } from '../../compose/open-broker.ts';
import type { Config } from '../settings/config.ts';
import { job, store } from '../settings/flags.ts';
import { envOf } from '../settings/setting.ts';

/** How a daemon meets its clients. */
export type ServeProfile = 'cab' | 'reference';

type Environment = Readonly<Record<string, string | undefined>>;

/** The reference's older broker reads the root from a variable of its own. */
export function referenceEnvironment(env: Environment): Environment {
  const name = envOf(store.cas_root);
  // Empty is as if it were not set, for either.
  return (env[name] ?? '') === '' ? { ...env, [name]: env['MA_ECHO_CAS_ROOT'] } : env;
}

/** How the broker behind the daemon takes jobs in. */
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
    ...(!asksForRetries && { maxAttempts: 1, outsideRetries: 0 }),
  };
}
