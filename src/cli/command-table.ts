/** The table of commands. Each command is loaded when it is called. */
import type { BaseCommand } from './base-command.ts';
import type { Services } from './services.ts';

export interface CommandClass {
  new (argv: string[], services: Services): BaseCommand;
}

export interface TableEntry {
  readonly load: () => Promise<{ default: CommandClass }>;
  /** True for a command that checks entries: its threads are started before it is loaded. */
  readonly checksEntries?: true;
}

/** By id. A name of two words is one id with a space. */
export type CommandTable = ReadonlyMap<string, TableEntry>;

/** The command at the beginning of the arguments, and the arguments after it. */
export function findCommand(
  table: CommandTable,
  argv: readonly string[],
): { entry: TableEntry; rest: string[] } | undefined {
  for (const words of [2, 1]) {
    const entry = table.get(argv.slice(0, words).join(' '));
    if (entry !== undefined) return { entry, rest: argv.slice(words) };
  }
  return undefined;
}
