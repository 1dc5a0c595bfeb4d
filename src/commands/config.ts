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
  static override description = `Flags win over the environment, that over cab.config.json (the first one found from the working directory upward), that over defaults. A setting NAME is CAB_NAME in the environment and "name" in the file; one that belongs to a command is CAB_STATUS_LIMIT and {"status": {"limit": 20}}. An empty variable counts as not set. Paths in the file, and the default root, are relative to the file. Without a file the root is the nearest data/echo_cas of this user, from the working directory upward; if there is none, it is data/echo_cas of the working directory. A file that belongs to another user is refused until it is trusted. Durations are in milliseconds in the output of --json, which is {"file", "settings": {NAME: {"value", "source"}}}.`;
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

  /** Before a file is read, which so cannot trust itself. */
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
