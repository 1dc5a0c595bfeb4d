import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import { daemon, history, json, listOf, store } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { historyTable } from '../cli/terminal/pointers.ts';

export default class History extends BaseCommand {
  static override summary = 'List the results of a track, the latest first';
  static override description =
    'With --json: {"track_id", "history": [pointer with job_id and at, …]}.';
  static override examples = [
    '<%= config.bin %> history demo',
    '<%= config.bin %> get demo --at 2 | diff - <(<%= config.bin %> get demo)',
  ];
  static override exitCodes = [0, 2, 3, 4, 6] as const;
  static override args = {
    track: Args.string({ description: 'id of a track', required: true, ignoreStdin: true }),
  };
  static override settings = listOf(history, store, daemon, { json });
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { track } = await this.read(History.args);
    const records = await this.withBroker('looking', (broker) =>
      broker.history(track, this.settings.get(history.limit)),
    );
    this.output({ track_id: track, history: records }, (style) => historyTable(style, records));
    return 0 as const;
  }
}
