/** What bin/ starts: the command line with its table of commands. */
import { main as start } from './cli/main.ts';
import type { Package } from './cli/services.ts';
import { commandTable } from './commands/index.ts';

export const main = (argv: readonly string[], pack: Package): Promise<void> =>
  start(argv, pack, commandTable);
