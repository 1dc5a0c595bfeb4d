/** The parts of oclif that discover commands. They are slow, and only help and completion use them. */
import { CommandHelp, Config, Help, run } from '@oclif/core';
import * as z from 'zod/mini';
import { exitCodes, type ExitCode } from './exit-codes.ts';

export async function showHelp(words: string[], root: string): Promise<ExitCode> {
  const config = await Config.load(root);
  await new CabHelp(config, config.pjson.oclif.helpOptions).showHelp(words);
  return 0;
}

export async function runPlugin(argv: string[], root: string): Promise<ExitCode> {
  await run(argv, root);
  return 0;
}

const codesSchema = z.array(
  z.custom<ExitCode>((code) => typeof code === 'number' && code in exitCodes),
);

class CabHelp extends Help {
  protected override CommandHelpClass = CommandHelpWithExitCodes;
}

class CommandHelpWithExitCodes extends CommandHelp {
  protected override sections() {
    const listed = 'exitCodes' in this.command ? codesSchema.parse(this.command.exitCodes) : [];
    const text = listed.map((code) => `${String(code).padEnd(3)}  ${exitCodes[code]}`).join('\n');
    const sections = super.sections();
    const examples = sections.findIndex(({ header }) => header === 'EXAMPLES');
    return sections.toSpliced(examples, 0, { header: 'EXIT CODES', generate: () => text });
  }
}
