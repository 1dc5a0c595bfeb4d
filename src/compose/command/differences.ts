/** Why a command was no hit: what differs from its run before. */
import { differencesOf } from '../../core/publication/config-differences.ts';
import type { CommandConfiguration } from '../../core/model/command/command-configuration.ts';
import type { InputItem } from '../../core/model/command/inputs-document.ts';

/** What one run was made of. */
export interface RunParts {
  readonly configuration: CommandConfiguration;
  readonly inputs: readonly InputItem[];
}

/** In words, the files first: `src/a.c changed`, `b.h is new`, `CC is other`; empty if nothing differs. */
export function differencesBetween(now: RunParts, before: RunParts): string[] {
  return [...changedInputs(now.inputs, before.inputs), ...changedSettings(now, before)];
}

function changedInputs(now: readonly InputItem[], before: readonly InputItem[]): string[] {
  const then = new Map(before.map((item) => [nameOf(item), item]));
  const told: string[] = [];
  for (const item of now) {
    const name = nameOf(item);
    const other = then.get(name);
    then.delete(name);
    if (other === undefined) told.push(`${name} is new`);
    else if (differencesOf(item, other).length > 0) told.push(`${name} changed`);
  }
  return [...told, ...[...then.keys()].map((name) => `${name} is gone`)];
}

const nameOf = ({ path, path_b64 }: InputItem): string =>
  path ?? Buffer.from(path_b64 ?? '', 'base64').toString();

function changedSettings(now: RunParts, before: RunParts): string[] {
  const { env, programs, ...rest } = now.configuration;
  const { env: oldEnv, programs: oldPrograms, ...oldRest } = before.configuration;
  return [
    ...differencesOf(env, oldEnv).map(({ field }) => `${field} is another`),
    ...differencesOf(byName(programs), byName(oldPrograms)).map(
      ({ field }) => `the program ${field} is another`,
    ),
    ...differencesOf(rest, oldRest).map(({ field }) => `${words[field] ?? field} changed`),
  ];
}

const byName = (programs: CommandConfiguration['programs']): Record<string, string> =>
  Object.fromEntries(programs.map(({ name, sha256 }) => [name, sha256]));

const words: Readonly<Record<string, string>> = {
  argv: 'the command',
  line: 'the command',
  cwd: 'the working directory',
  outputs: 'the outputs',
};
