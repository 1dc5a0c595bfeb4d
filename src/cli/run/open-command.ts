import { CachedCommand, storeOfProject } from '../../compose/command/cached-command.ts';
import { CabError } from '../../core/model/errors.ts';
import type { Services } from '../services.ts';
import type { Config } from '../settings/config.ts';
import { engine, job, run, store } from '../settings/flags.ts';
import { passOn, standardInput } from './run-command.ts';

export type OpenedCommand = CachedCommand;

/** @throws CabError usage, and what `CachedCommand.open` throws */
export async function openCommand(
  words: readonly string[] | undefined,
  settings: Config,
  services: Services,
  asJson: boolean,
  signal: AbortSignal,
): Promise<CachedCommand> {
  if (words === undefined || words.length === 0)
    throw new CabError('usage', 'no command is named', {
      hint: 'Put it after --, such as: cab run -i src -o app -- make app',
    });
  const { stdout, stderr, stdin, env, cwd, version } = services;
  const root = rootOf(settings, cwd);
  return CachedCommand.open(
    {
      root,
      cwd,
      command: settings.get(run.shell) ? { line: words.join(' ') } : { argv: words },
      ...{ inputs: settings.get(run.input), outputs: settings.get(run.output) },
      ...{ declared: settings.get(run.env), passesAll: settings.get(run.env_all), env },
      ...{ mindsIgnored: settings.get(run.ignore), outside: settings.get(run.input_outside) },
      stdin: settings.get(run.stdin) ? await standardInput(stdin) : undefined,
      ...{ track: settings.get(run.track), force: settings.get(run.force) },
      timeoutMs: settings.get(job.timeout) ?? null,
      ...{ graceMs: settings.get(engine.kill_grace), leaseMs: settings.get(engine.lease) },
      ...{ manifestName: settings.get(store.manifest_name), version },
      // Of a program's answer, stdout is the document alone.
      onOutput: (stream, bytes) => passOn(stream === 'stdout' && !asJson ? stdout : stderr, bytes),
      wrap: async (argv) => argv,
    },
    signal,
  );
}

function rootOf(settings: Config, cwd: string): string {
  const isNamed = settings.source(store.cas_root) !== 'default' || settings.file !== null;
  if (isNamed) return settings.get(store.cas_root);
  return storeOfProject(cwd);
}
