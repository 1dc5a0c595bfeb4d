/** The environment of a command: small, so that what it depends on is in the key, or is known not to be. */
import { declaredVariable } from '../../core/model/command/declared-variable.ts';
import { withoutSecrets } from '../process/own-secrets.ts';

export interface EnvironmentOptions {
  /** That of cab. */
  readonly env: NodeJS.ProcessEnv;
  /** `NAME`, which takes its value from there, or `NAME=VALUE`. */
  readonly declared: readonly string[];
  /** Everything is passed on; what was not declared is not in the key. */
  readonly all: boolean;
}

export interface CommandEnvironment {
  /** What the command gets. */
  readonly passed: NodeJS.ProcessEnv;
  /** What is in the key; null: not set. */
  readonly keyed: Readonly<Record<string, string | null>>;
}

/** Where programs and a user's files lie: a place, not a reason for another result. */
const places = ['PATH', 'HOME', 'USER', 'TERM', 'TMPDIR'];

/** They change what programs print. */
const isLocale = (name: string): boolean =>
  name === 'LANG' || name === 'TZ' || name.startsWith('LC_');

/** @throws CabError usage */
export function commandEnvironment({ env, declared, all }: EnvironmentOptions): CommandEnvironment {
  const inherited = withoutSecrets(env);
  const wanted = new Map<string, string | undefined>();
  for (const name of ['LANG', 'TZ', ...Object.keys(inherited).filter(isLocale)])
    wanted.set(name, inherited[name]);
  for (const text of declared) {
    const [name, value] = declaredVariable(text);
    wanted.set(name, value ?? inherited[name]);
  }
  const basis = all ? inherited : placesIn(inherited);
  const sorted = [...wanted].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    passed: { ...basis, ...Object.fromEntries(wanted) },
    keyed: Object.fromEntries(sorted.map(([name, value]) => [name, value ?? null])),
  };
}

const placesIn = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(places.map((name) => [name, env[name]]));

/** What a command gets whose key holds these variables, in a process with that environment. */
export const environmentOf = (
  env: NodeJS.ProcessEnv,
  keyed: CommandEnvironment['keyed'],
): NodeJS.ProcessEnv => ({
  ...placesIn(env),
  ...Object.fromEntries(Object.entries(keyed).map(([name, value]) => [name, value ?? undefined])),
});
