/** Help. It needs the parts of oclif that discover commands, which are slow; nothing else loads them. */
import { CommandHelp, Config, Help } from '@oclif/core';
import * as z from 'zod/mini';
import { commandsByHeading, type CommandTable } from '../command-table.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';

/** @param words those of a command or topic; none for the overview */
export async function showHelp(
  words: readonly string[],
  root: string,
  commands: CommandTable,
): Promise<ExitCode> {
  const config = await Config.load(root);
  const help = new CabHelp(config, config.pjson.oclif.helpOptions);
  if (words.length === 0) help.showOverview(commands);
  else await help.showHelp([...words]);
  return 0;
}

const purpose =
  'Runs a command or a job once, and keeps its result under a key made of its inputs and its configuration. The next time the same work is asked for, the kept result is there at once, checked.';

const firstSteps = `Run a command once. The next time its result is there at once:
  $ cab run -i in.txt -o out.txt -- sort -o out.txt in.txt

Submit a job, wait for its end, and print its result:
  $ cab submit notes.txt --runner 'exec:wc -w {input}' --wait
  $ cab get notes

See what a command does, its flags, and examples:
  $ cab COMMAND --help`;

class CabHelp extends Help {
  protected override CommandHelpClass = CabCommandHelp;

  /** The commands by what they are for, after the lines to begin with. */
  showOverview(commands: CommandTable): void {
    const summaries = new Map(
      this.sortedCommands.map((command) => [
        command.id.replaceAll(':', ' '),
        this.summary(command) ?? '',
      ]),
    );
    const list = (rows: readonly (readonly [string, string])[]): string =>
      this.renderList(
        rows.map(([name, text]) => [name, text]),
        { indentation: 2, spacer: '\n', stripAnsi: false },
      );
    const sections = Array.from(commandsByHeading(commands), ([heading, ids]) =>
      this.section(heading, list(ids.map((id) => [id, summaries.get(id) ?? '']))),
    );
    const text = [
      this.wrap(purpose),
      this.section('USAGE', '$ cab COMMAND [FLAGS]'),
      this.section('START HERE', firstSteps),
      ...sections,
    ];
    this.log(`${text.join('\n\n')}\n`);
  }
}

const codesSchema = z.array(
  z.custom<ExitCode>((code) => typeof code === 'number' && code in exitCodes),
);

class CabCommandHelp extends CommandHelp {
  /** The flags have their lists below; named here once more, they would hide the arguments. */
  protected override defaultUsage(): string {
    const { id, args, strict } = this.command;
    const words = Object.values(args).map(({ name, required, multiple }) => {
      const word = `${name.toUpperCase()}${multiple === true || strict === false ? '...' : ''}`;
      return required === true ? word : `[${word}]`;
    });
    return [id, ...words, '[FLAGS]'].join(' ');
  }

  /** Without the summary, which stands at the top. */
  protected override description(): string | undefined {
    const { description } = this.command;
    return description === undefined ? undefined : this.wrap(description);
  }

  protected override sections() {
    const listed = 'exitCodes' in this.command ? codesSchema.parse(this.command.exitCodes) : [];
    const rows = listed.map((code): [string, string] => [String(code), exitCodes[code]]);
    const sections = super.sections();
    const examples = sections.findIndex(({ header }) => header === 'EXAMPLES');
    return sections.toSpliced(
      examples,
      0,
      { header: 'SETTINGS', generate: () => this.wrap(settingsNote) },
      { header: 'EXIT CODES', generate: (_data, header) => [{ header, body: rows }] },
    );
  }
}

const settingsNote =
  'Each flag can also stand in the environment (CAB_…) and in cab.config.json: cab config --help says how.';
