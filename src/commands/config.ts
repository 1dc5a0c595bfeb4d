import { BaseCommand } from '../cli/base-command.ts';
import { Config as Settings } from '../cli/settings/config.ts';
import { trustConfigFile } from '../cli/settings/config-file.ts';
import { allSettings, config, listOf, output } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { keyOf, type Setting } from '../cli/settings/setting.ts';
import type { Kind } from '../cli/settings/setting-kinds.ts';
import { settingsTable, type SettingRow } from '../cli/terminal/documents/settings.ts';
import { duration } from '../cli/terminal/time.ts';

export default class Config extends BaseCommand {
  static override summary = 'Show each setting, its value and where it came from';
  static override description = `A flag wins over the environment, the environment over cab.config.json (the first one from the working directory upward), and the file over the default. A setting NAME is CAB_NAME in the environment and "name" in the file. A setting of one command has that command before it: CAB_STATUS_LIMIT and {"status": {"limit": 20}}. An empty variable counts as not set.

Paths in the file are relative to the file. If nothing sets the root, it is the nearest data/echo_cas of this user from the working directory upward, else data/echo_cas in the working directory. A file of another user is refused until you trust it.

With --json: {"file", "settings": {NAME: {"value", "source"}}}, durations in milliseconds. Start with cab init, which writes the file.`;
  static override examples = [
    '<%= config.bin %> config',
    '$ CAB_RUNNER=./runner.mjs <%= config.bin %> config --json | jq .settings.runner',
  ];
  static override exitCodes = [0, 2] as const;
  static override settings = [config.trust, ...listOf(output)];
  static override flags = oclifFlags(this.settings);

  override async run() {
    await this.read({});
    const { settings } = this;
    const rows = allSettings.map((setting) => ({
      key: keyOf(setting),
      value: shown(setting, settings.get(setting)),
      source: settings.source(setting),
      kind: setting.kind,
    }));
    const document = {
      file: settings.file,
      settings: Object.fromEntries(
        rows.map(({ key, value = null, source }) => [key, { value, source }]),
      ),
    };
    this.output(document, (style) => settingsTable(style, rows.map(forPeople)));
    return 0 as const;
  }

  /** This happens before the file is read, so that a file cannot trust itself. */
  protected override async surroundings() {
    const { env, cwd } = this.services;
    const asked = new Settings({ flags: this.given, env, cwd, file: undefined });
    if (asked.get(config.trust)) this.say(`trusted: ${await trustConfigFile(cwd, env)}`);
    return super.surroundings();
  }
}

const shown = ({ secret }: Setting, value: unknown): unknown =>
  secret === true && value !== undefined ? '(set)' : value;

const forPeople = ({
  key,
  kind,
  value,
  source,
}: SettingRow & { readonly kind: Kind }): SettingRow => ({
  key,
  value: kind === 'duration' && typeof value === 'number' ? duration(value) : value,
  source,
});
