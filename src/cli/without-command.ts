/** Handles arguments that name no command of ours: help, the version, a typing error. */
import { CabError } from '../core/model/errors.ts';
import { closest } from '../support/text/closest.ts';
import type { CommandTable } from './command-table.ts';
import type { ExitCode } from './exit-codes.ts';
import { asJsonFromTheStart } from './output-mode.ts';
import { report } from './report.ts';
import type { Package, Services } from './services.ts';

export async function withoutCommand(
  argv: readonly string[],
  services: Services,
  pack: Package,
  commands: CommandTable,
): Promise<ExitCode> {
  const [first = '--help'] = argv;
  if (['--version', '-V', '-v'].includes(first)) {
    services.stdout.write(
      `cab ${pack.version} (node ${process.version}, ${process.platform} ${process.arch})\n`,
    );
    return 0;
  }
  const json = asJsonFromTheStart(argv, services.env);
  const words = argv.filter((word) => !['--help', '-h', 'help'].includes(word));
  const ids = [...commands.keys()];
  const wanted = namedCommand(words, ids);
  if (words.length === 0 || wanted !== undefined) {
    const { showHelp } = await import('./help/show-help.ts');
    return showHelp(wanted ?? [], pack.root, commands);
  }
  return report(unknownCommand(words, ids), { services, json, flags: [] });
}

/** The words that name a command or a topic. Help ignores what follows them. */
function namedCommand(words: readonly string[], ids: readonly string[]): string[] | undefined {
  const two = words.slice(0, 2).join(' ');
  if (ids.includes(two)) return two.split(' ');
  const [one = ''] = words;
  return ids.some((id) => id === one || (words.length === 1 && id.startsWith(`${one} `)))
    ? [one]
    : undefined;
}

function unknownCommand(words: readonly string[], ids: readonly string[]): CabError {
  const [first = ''] = words;
  if (first.startsWith('-')) return new CabError('usage', `${first} needs a command before it`);
  const below = ids.filter((id) => id.startsWith(`${first} `));
  if (below.length > 0) return unknownBelow(words, below);
  const meant = closest(first, ids);
  return new CabError('usage', `unknown command ${JSON.stringify(first)}`, {
    hint: meant === undefined ? '`cab --help` lists the commands.' : `Did you mean: cab ${meant}`,
    details: { command: first },
  });
}

function unknownBelow(words: readonly string[], known: readonly string[]): CabError {
  const command = words.slice(0, 2).join(' ');
  return new CabError('usage', `unknown command ${JSON.stringify(command)}`, {
    hint: `There is: ${known.map((id) => `cab ${id}`).join(', ')}`,
    details: { command },
  });
}
