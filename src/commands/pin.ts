import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import { eachOperand } from '../cli/jobs/each-operand.ts';
import { daemon, listOf, output, store } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { refuseElsewhere, withPins } from '../cli/maintenance/pins.ts';
import { pinText, pinsText } from '../cli/terminal/documents/gc.ts';

export default class Pin extends BaseCommand {
  static override summary = 'Keep entries from garbage collection; without a name, list the pins';
  static override description = `KEY is CONFIG/SOURCE, a track for the entry that it points to now, or a job for its result. A pin holds until cab unpin, even if the track moves. An entry in the trash comes back.

With --json each line is {"config_hash", "source_hash", "pinned", "changed"}; the list is {"pins": [{"config_hash", "source_hash"}, …]}.`;
  static override examples = [
    '<%= config.bin %> pin demo',
    '<%= config.bin %> pin "$CONFIG/$SOURCE"',
    '<%= config.bin %> pin --json | jq -r .pins[].source_hash',
  ];
  static override completes = ['track', 'job'] as const;
  static override exitCodes = [0, 2, 3, 4, 6] as const;
  static override args = {
    keys: Args.string({
      description: 'keys, tracks or jobs',
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(store, { url: daemon.url, offline: daemon.offline }, output);
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { keys = [] } = await this.read(Pin.args);
    await refuseElsewhere(this.settings, 'pin');
    return withPins(this.brokerOptions(), async (pinning) => {
      if (keys.length === 0) {
        const pins = await pinning.list();
        this.output({ pins }, () => pinsText(pins, this.place));
        return 0;
      }
      return eachOperand(keys.map(named), this.reporting, async ({ name }) => {
        const { key, changed } = await this.onEntry(name, (what) => pinning.pin(what));
        this.output({ ...key, pinned: true, changed }, () => pinText(key, 'pin', changed));
      });
    });
  }
}

const named = (name: string) => ({ name });
