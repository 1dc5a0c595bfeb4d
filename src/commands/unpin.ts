import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import { eachOperand } from '../cli/jobs/each-operand.ts';
import { daemon, listOf, output, store } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { refuseElsewhere, withPins } from '../cli/maintenance/pins.ts';
import { pinText } from '../cli/terminal/documents/gc.ts';

export default class Unpin extends BaseCommand {
  static override summary = 'Let garbage collection remove pinned entries again';
  static override description = `KEY is CONFIG/SOURCE, a track for the entry that it points to now, or a job for its result. With --json each line is {"config_hash", "source_hash", "pinned", "changed"}.`;
  static override examples = [
    '<%= config.bin %> unpin demo',
    '<%= config.bin %> unpin "$CONFIG/$SOURCE"',
  ];
  static override completes = ['track', 'job'] as const;
  static override exitCodes = [0, 2, 3, 4, 6] as const;
  static override args = {
    keys: Args.string({
      description: 'keys, tracks or jobs',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(store, { url: daemon.url, offline: daemon.offline }, output);
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { keys } = await this.read(Unpin.args);
    await refuseElsewhere(this.settings, 'unpin');
    return withPins(this.brokerOptions(), (pinning) =>
      eachOperand(keys.map(named), this.reporting, async ({ name }) => {
        const { key, changed } = await this.onEntry(name, (what) => pinning.unpin(what));
        this.output({ ...key, pinned: false, changed }, () => pinText(key, 'unpin', changed));
      }),
    );
  }
}

const named = (name: string) => ({ name });
