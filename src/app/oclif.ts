/** The parts of oclif that discover commands: for help and completion, which may take their time. */
import { Config } from '@oclif/core/config';
import { CommandHelp, Help } from '@oclif/core/help';
import { run } from '@oclif/core/run';
import { exitCodes, type ExitCode } from './exit-codes.ts';

export async function showHelp(words: string[], root: string): Promise<ExitCode> {
  const config = await Config.load(root);
  await new CabHelp(config).showHelp(words);
  return 0;
}

export async function runPlugin(argv: string[], root: string): Promise<ExitCode> {
  await run(argv, root);
  return 0;
}

class CabHelp extends Help {
  protected override CommandHelpClass = CommandHelpWithExitCodes;
}

class CommandHelpWithExitCodes extends CommandHelp {
  protected override sections() {
    const { exitCodes: listed = [] }: { exitCodes?: readonly ExitCode[] } = this.command;
    const sections = super.sections();
    const codes = {
      header: 'EXIT CODES',
      generate: () => listed.map((code): [string, string] => [String(code), exitCodes[code]]),
    };
    const examples = sections.findIndex(({ header }) => header === 'EXAMPLES');
    return sections.toSpliced(examples, 0, codes);
  }
}
