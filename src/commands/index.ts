/**
 * The commands, each loaded when it is called. A name of two words is one id with a space, as it is typed.
 * Going by this table spares the hot commands oclif's discovery of plugins.
 */
import type { BaseCommand } from '../cli/base-command.ts';
import { startCheckThreads } from '../compose/check-threads.ts';
import type { Services } from '../cli/services.ts';

export interface CommandClass {
  new (argv: string[], services: Services): BaseCommand;
}

type Load = () => Promise<{ default: CommandClass }>;

export const commandTable: ReadonlyMap<string, Load> = new Map<string, Load>([
  ['submit', () => import('./submit.ts')],
  ['status', () => import('./status.ts')],
  ['get', () => import('./get.ts')],
  ['cancel', () => import('./cancel.ts')],
  ['retry', () => import('./retry.ts')],
  ['logs', () => import('./logs.ts')],
  ['watch', () => import('./watch.ts')],
  ['tracks', () => import('./tracks.ts')],
  ['history', () => import('./history.ts')],
  ['hash', () => import('./hash.ts')],
  ['explain', () => import('./explain.ts')],
  ['gc', () => import('./gc.ts')],
  ['pin', () => import('./pin.ts')],
  ['unpin', () => import('./unpin.ts')],
  ['serve', () => import('./serve.ts')],
  ['content-addressed-broker', () => import('./content-addressed-broker.ts')],
  ['spine import', () => import('./spine/import.ts')],
  [
    'verify',
    () => {
      startCheckThreads();
      return import('./verify.ts');
    },
  ],
  ['config', () => import('./config.ts')],
  ['doctor', () => import('./doctor.ts')],
]);

/** The command that an argument list begins with, and what is left for it. */
export function findCommand(
  argv: readonly string[],
): { id: string; load: Load; rest: string[] } | undefined {
  for (const words of [2, 1]) {
    const id = argv.slice(0, words).join(' ');
    const load = commandTable.get(id);
    if (load !== undefined) return { id, load, rest: argv.slice(words) };
  }
  return undefined;
}
