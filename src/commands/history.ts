import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import { daemon, history, listOf, output, store } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { Names, unlessMissing } from '../cli/names/names.ts';
import { historyTable } from '../cli/terminal/documents/pointers.ts';

export default class History extends BaseCommand {
  static override summary = 'List the results of a track, the latest first';
  static override description = `The numbers in the column AT are those that cab get --at takes. With --json: {"track_id", "history": [pointer with job_id and at, …]}.`;
  static override examples = [
    '<%= config.bin %> history demo',
    '<%= config.bin %> get demo --at 2 | diff - <(<%= config.bin %> get demo)',
  ];
  static override completes = ['track'] as const;
  static override exitCodes = [0, 2, 3, 4, 6] as const;
  static override args = {
    track: Args.string({
      description: 'a track, or a job of it',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(history, store, daemon, output);
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { track } = await this.read(History.args);
    const limit = this.settings.get(history.limit);
    const found = await this.withBroker('looking', async (broker) => {
      const exact = await unlessMissing(broker.history(track, limit));
      if (exact !== undefined) return { track_id: track, history: exact };
      const track_id = await new Names(broker).track(track);
      return { track_id, history: await broker.history(track_id, limit) };
    });
    this.output(found, (style) => historyTable(style, found.history));
    return 0 as const;
  }
}
