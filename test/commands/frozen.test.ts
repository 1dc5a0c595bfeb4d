/** What scripts rely on: every flag with its variable, and docs/reference/cli.md, which is made of the same. */
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { commands } from '../../src/commands/all.ts';
import { configSchema, configSchemaFile } from '../../src/cli/settings/config-schema.ts';
import { commandTable } from '../../src/commands/index.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { allSettings } from '../../src/cli/settings/flags.ts';
import {
  defaultText,
  envOf,
  flagOf,
  keyOf,
  valueHelpOf,
  type Setting,
} from '../../src/cli/settings/setting.ts';

const all = Object.entries(commands).map(([id, command]) => ({
  id: id.replace(':', ' '),
  command,
}));

describe('the command line', () => {
  it('has the same commands where they are called and where they are described', () => {
    expect(all.map(({ id }) => id).sort()).toEqual([...commandTable.keys()].sort());
  });

  it('has a place in the environment and in the file for every flag', () => {
    for (const { command } of all)
      for (const setting of command.settings) expect(allSettings).toContain(setting);
  });

  it('keeps its flags', () => {
    const flags = all.flatMap(({ id, command }) =>
      command.settings.map(
        (setting) =>
          `${id} --${flagOf(setting)} ${short(setting)}${envOf(setting)} ${keyOf(setting)}`,
      ),
    );
    expect(flags.join('\n')).toMatchSnapshot();
  });

  it('is described in docs/reference/cli.md, which `vitest -u` writes anew', async () => {
    const text = await format(document(), { parser: 'markdown', printWidth: 100 });
    await expect(text).toMatchFileSnapshot('../../docs/reference/cli.md');
  });

  it('has a JSON Schema of its configuration file, which `vitest -u` writes anew', async () => {
    const schema = `${JSON.stringify(configSchema(), null, 2)}\n`;
    await expect(schema).toMatchFileSnapshot(`../../${configSchemaFile}`);
  });
});

const short = ({ char }: Setting): string => (char === undefined ? '' : `-${char} `);

const document = (): string =>
  [
    '# The command line',
    introduction,
    '## Commands',
    ...all.map(section),
    '## Settings',
    settingsIntroduction,
    rows(['setting', 'flag', 'variable', 'default', 'what it is'], allSettings.map(settingRow)),
    '## Exit codes',
    rows(
      ['code', 'what happened'],
      Object.entries(exitCodes).map(([code, text]) => [code, text]),
    ),
  ].join('\n\n') + '\n';

const introduction = `Data goes to stdout, everything said to a person to stderr. \`--json\` prints one JSON document, or one a line where a
command prints many. Colour and moving pictures are for terminals alone; \`NO_COLOR\` turns colour off. An error under
\`--json\` is \`{"error": code, "message", "hint", "details"?, "about"?}\` on stdout, \`about\` being the operand where a command takes several, and the exit code stays what it is without it.`;

const settingsIntroduction = `Flags win over the environment, that over \`cab.config.json\` (the first one found from the working directory upward), that
over defaults; \`cab config\` shows each value and where it came from. A setting with a dot stands in a section of the file:
\`{"status": {"limit": 50}}\`. Named arguments (\`probe\`, \`runner_arg\`) are objects in the file and JSON in the environment;
those of several sources add up. Durations are \`30s\`, \`5m\`, \`1h30m\`, or seconds. A switch is turned off by \`--no-NAME\`.`;

function section({ id, command }: (typeof all)[number]): string {
  const args = argsSchema
    .parse(Object.entries(command.args))
    .map(([name, { multiple, required }]) => {
      const text = `${name.toUpperCase()}${multiple === true ? '…' : ''}`;
      return required === true ? text : `[${text}]`;
    });
  const flags = command.settings.map((setting) => `\`--${flagOf(setting)}\``).join(' ');
  const examples = command.examples.map((text) =>
    text.replaceAll('<%= config.bin %>', 'cab').replace(/^\$ /, ''),
  );
  return [
    `### \`${['cab', id, ...args].join(' ')}\``,
    `${command.summary}.`,
    ...(command.description === undefined ? [] : [command.description]),
    `Flags: ${flags}`,
    `Exit codes: ${command.exitCodes.join(', ')}`,
    ['```sh', ...examples, '```'].join('\n'),
  ].join('\n\n');
}

const argsSchema = z.array(
  z.tuple([
    z.string(),
    z.object({ multiple: z.optional(z.boolean()), required: z.optional(z.boolean()) }),
  ]),
);

const settingRow = (setting: Setting): string[] => [
  `\`${keyOf(setting)}\``,
  `\`${flagText(setting)}\``,
  `\`${envOf(setting)}\``,
  defaultOf(setting),
  setting.summary,
];

const flagText = (setting: Setting): string =>
  `${setting.char === undefined ? '' : `-${setting.char}, `}--${flagOf(setting)} ${valueHelpOf(setting).replaceAll('|', '\\|')}`.trim();

const defaultOf = (setting: Setting): string => {
  const usual = defaultText(setting);
  return usual === undefined ? '' : `\`${usual}\``;
};

const rows = (titles: string[], body: string[][]): string =>
  [titles, titles.map(() => '---'), ...body].map((row) => `| ${row.join(' | ')} |`).join('\n');
