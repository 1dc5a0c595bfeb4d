import {
  CachedCommand,
  storeOfProject,
  type CachedCommandOptions,
} from '../../compose/command/cached-command.ts';
import type { CommandWish } from '../../compose/command/command-wish.ts';
import { shownOn, type Services } from '../services.ts';
import type { Config } from '../settings/config.ts';
import { engine, job, run, store } from '../settings/flags.ts';
import { queueChoice, storeChoice } from '../settings/store-choice.ts';
import { upstreamOptions } from '../settings/upstream-options.ts';
import { passOn, standardInput } from './standard-streams.ts';

export type { CommandWish };
export type OpenedCommand = CachedCommand;

/** Flags add inputs, outputs and variables to those of a recipe. @throws what `CachedCommand.open` throws */
export async function openCommand(
  wish: CommandWish,
  settings: Config,
  services: Services,
  asJson: boolean,
  signal: AbortSignal,
): Promise<OpenedCommand> {
  const { stdout, stderr, env, version } = services;
  return CachedCommand.open(
    {
      root: storeOf(settings, wish.cwd),
      ...{ cwd: wish.cwd, command: wish.command, env, version },
      ...{ inputs: wish.inputs, outputs: wish.outputs, declared: wish.declared },
      passesAll: settings.get(run.env_all),
      mindsIgnored: wish.mindsIgnored ?? settings.get(run.ignore),
      outside: settings.get(run.input_outside),
      // Asked for by name, for making the stream takes a twentieth of a hit.
      stdin: settings.get(run.stdin) ? await standardInput(services.stdin) : undefined,
      track: settings.get(run.track) ?? wish.track,
      force: settings.get(run.force),
      timeoutMs: settings.get(job.timeout) ?? wish.timeoutMs ?? null,
      ...{ graceMs: settings.get(engine.kill_grace), leaseMs: settings.get(engine.lease) },
      manifestName: settings.get(store.manifest_name),
      store: storeChoice(settings, env),
      queue: queueChoice(settings),
      upstream: upstreamOptions(settings, {
        say: (text) => stderr.write(`${shownOn(stderr, text)}\n`),
        interruption: () => signal,
      }),
      // Of a program's answer, stdout is the document alone.
      onOutput: (stream, bytes) =>
        passOn(stream === 'stdout' && !asJson ? stdout : stderr, bytes, signal),
      sandbox: sandboxOf(wish, settings),
    },
    signal,
  );
}

const sandboxOf = (wish: CommandWish, settings: Config): CachedCommandOptions['sandbox'] =>
  (wish.sandbox ?? settings.get(run.sandbox))
    ? { network: wish.network ?? settings.get(run.network) }
    : undefined;

export function storeOf(settings: Config, cwd: string): string {
  const isNamed = settings.source(store.cas_root) !== 'default' || settings.file !== null;
  return isNamed ? settings.get(store.cas_root) : storeOfProject(cwd);
}
