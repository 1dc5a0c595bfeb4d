/** What scripts rely on: every flag with its variable, and the pages of docs/reference that are made of the same. */
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { commands } from '../../src/commands/all.ts';
import { configSchema, configSchemaFile } from '../../src/cli/settings/config-schema.ts';
import { commandTable } from '../../src/commands/index.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import {
  allSettings,
  daemon,
  engine,
  listOf,
  output,
  runner,
  store,
} from '../../src/cli/settings/flags.ts';
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

  it('has examples whose flags exist', () => {
    for (const { id, command } of all) {
      expect(command.examples.length, id).toBeGreaterThan(0);
      // With a command after `--`, explain takes the flags of run.
      const more = id === 'explain' ? commands.run.settings : [];
      const flags = new Set(
        [...command.settings, ...more].flatMap((setting) => [
          `--${flagOf(setting)}`,
          `--no-${flagOf(setting)}`,
          ...(setting.char === undefined ? [] : [`-${setting.char}`]),
        ]),
      );
      const name = id === 'content-addressed-broker' ? id : `<%= config.bin %> ${id}`;
      for (const example of command.examples)
        for (const call of example.split(name).slice(1)) {
          const [own = ''] = call.split(/ -- | \||\)|;| && /);
          for (const [flag] of own.matchAll(/(?<=\s)--?[a-z][\w-]*/g))
            expect(flags, `${id}: ${example}`).toContain(flag);
        }
    }
  });

  it.each([
    ['cli.md', commandPage],
    ['settings.md', settingsPage],
  ])('is described in docs/reference/%s, which `vitest -u` writes', async (name, page) => {
    const text = await format(page(), { parser: 'markdown', printWidth: 100 });
    await expect(text).toMatchFileSnapshot(`../../docs/reference/${name}`);
  });

  it('has a JSON Schema of its configuration file, which `vitest -u` writes', async () => {
    const schema = `${JSON.stringify(configSchema(), null, 2)}\n`;
    await expect(schema).toMatchFileSnapshot(`../../${configSchemaFile}`);
  });
});

const short = ({ char }: Setting): string => (char === undefined ? '' : `-${char} `);

const commandPage = (): string =>
  [
    '# Commands',
    commandIntroduction,
    '## All commands',
    rows(
      ['command', 'what it does'],
      all.map(({ id, command }) => [
        `[\`${heading(id, command)}\`](#${anchor(id, command)})`,
        command.summary,
      ]),
    ),
    ...all.map(section),
    '## Common flags',
    'Most commands take these. Each command lists the ones that it takes.',
    rows(flagTitles, common.map(flagRow)),
    '## Exit codes',
    rows(
      ['code', 'what happened'],
      Object.entries(exitCodes).map(([code, text]) => [code, text]),
    ),
  ].join('\n\n') + '\n';

const commandIntroduction = `Each command with its flags, exit codes and examples. \`cab COMMAND --help\` prints the same.

Results go to stdout, messages to stderr. \`--json\` prints one JSON document, or one a line if the command has many results:
[JSON documents](documents.md) lists the fields. Colour and progress appear on terminals only. A flag that is on is turned off by
\`--no-NAME\`. Every flag can be set in the environment and in \`cab.config.json\`: [settings](settings.md).`;

const settingsPage = (): string =>
  [
    '# Settings',
    settingsIntroduction,
    '## All settings',
    rows(['setting', 'flag', 'variable', 'default', 'what it is'], allSettings.map(settingRow)),
  ].join('\n\n') + '\n';

const settingsIntroduction = `Each setting has three names: a flag, an environment variable, and a key of \`cab.config.json\`.

- **Order.** A flag wins over the environment, the environment over the file, the file over the default. \`cab config\` shows
  each value and where it came from. An empty variable counts as not set.
- **The file** is the first \`cab.config.json\` from the working directory upward. A setting with a dot is in a section:
  \`{"status": {"limit": 50}}\`. Paths in it are relative to the file. \`cab init\` writes a first one, with a JSON Schema by which editors
  complete it. A file of another user is refused until you run \`cab config --trust\`.
- **The root** is \`cas_root\`. If nothing sets it, it is the nearest \`data/echo_cas\` of this user from the working directory upward, and
  if there is none, \`data/echo_cas\` in the folder of \`cab.config.json\` or in the working directory.
- **Values.** Durations are \`30s\`, \`5m\`, \`1h30m\`, or seconds. Named arguments (\`probe\`, \`runner_arg\`) are objects in the file and JSON
  in the environment; those of several sources add up. Lists are lists in the file, and have commas in the environment.`;

const common = listOf(store, daemon, runner, engine, output);

const flagTitles = ['flag', 'what it is', 'default'];

const flagRow = (setting: Setting): string[] => [
  `\`${flagText(setting)}\``,
  setting.summary,
  defaultOf(setting),
];

const heading = (id: string, command: (typeof all)[number]['command']): string =>
  [...(id === 'content-addressed-broker' ? [] : ['cab']), id, ...argumentsOf(command)].join(' ');

/** As GitHub makes it of the heading. */
const anchor = (id: string, command: (typeof all)[number]['command']): string =>
  heading(id, command)
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');

const argumentsOf = (command: (typeof all)[number]['command']): string[] =>
  argsSchema.parse(Object.entries(command.args)).map(([name, { multiple, required }]) => {
    const text = `${name.toUpperCase()}${multiple === true ? '…' : ''}`;
    return required === true ? text : `[${text}]`;
  });

function section({ id, command }: (typeof all)[number]): string {
  const own = command.settings.filter((setting) => !common.includes(setting));
  const shared = command.settings.filter((setting) => common.includes(setting));
  const examples = command.examples.map((text) =>
    text.replaceAll('<%= config.bin %>', 'cab').replace(/^\$ /, ''),
  );
  return [
    `### \`${heading(id, command)}\``,
    `${command.summary}.`,
    command.description,
    ...(own.length === 0 ? [] : [rows(flagTitles, own.map(flagRow))]),
    `[Common flags](#common-flags): ${shared.map((setting) => `\`--${flagOf(setting)}\``).join(' ')}`,
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
