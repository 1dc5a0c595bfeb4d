/**
 * The commands, each loaded when it is called. A name of two words is one id with a space, as it is typed.
 * Going by this table spares the hot commands oclif's discovery of plugins.
 */
import type { BaseCommand } from './base-command.ts';
import { startCheckThreads } from './check-threads.ts';
import type { Services } from './services.ts';

export interface CommandClass {
  new (argv: string[], services: Services): BaseCommand;
}

type Load = () => Promise<{ default: CommandClass }>;

export const commandTable: ReadonlyMap<string, Load> = new Map<string, Load>([
  ['submit', () => import('../commands/submit.ts')],
  ['status', () => import('../commands/status.ts')],
  ['get', () => import('../commands/get.ts')],
  ['cancel', () => import('../commands/cancel.ts')],
  ['retry', () => import('../commands/retry.ts')],
  ['logs', () => import('../commands/logs.ts')],
  ['watch', () => import('../commands/watch.ts')],
  ['tracks', () => import('../commands/tracks.ts')],
  ['history', () => import('../commands/history.ts')],
  ['hash', () => import('../commands/hash.ts')],
  ['explain', () => import('../commands/explain.ts')],
  ['gc', () => import('../commands/gc.ts')],
  ['pin', () => import('../commands/pin.ts')],
  ['unpin', () => import('../commands/unpin.ts')],
  ['serve', () => import('../commands/serve.ts')],
  ['content-addressed-broker', () => import('../commands/content-addressed-broker.ts')],
  ['spine import', () => import('../commands/spine/import.ts')],
  [
    'verify',
    () => {
      startCheckThreads();
      return import('../commands/verify.ts');
    },
  ],
  ['config', () => import('../commands/config.ts')],
  ['doctor', () => import('../commands/doctor.ts')],
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
