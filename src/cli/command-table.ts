/** The table of commands. Each command is loaded when it is called. */
import type { BaseCommand } from './base-command.ts';
import type { NameKind } from './completion/candidate.ts';
import type { Services } from './services.ts';
import type { Setting } from './settings/setting.ts';

export interface CommandClass {
  readonly summary?: string | undefined;
  readonly settings: readonly Setting[];
  readonly completes: readonly NameKind[];
  new (argv: string[], services: Services): BaseCommand;
}

export interface TableEntry {
  readonly load: () => Promise<{ default: CommandClass }>;
  /** Title under which the overview lists it; without one it is not listed. */
  readonly heading?: string;
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

/** Ids by the titles of the overview, both in the order of the table. */
export function commandsByHeading(table: CommandTable): ReadonlyMap<string, readonly string[]> {
  const headings = new Map<string, string[]>();
  for (const [id, { heading }] of table)
    if (heading !== undefined) headings.set(heading, [...(headings.get(heading) ?? []), id]);
  return headings;
}
