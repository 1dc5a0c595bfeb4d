import { BaseCommand } from '../cli/base-command.ts';
import { daemon, listOf, output, stats, store } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { statsText } from '../cli/terminal/documents/stats.ts';

const dayMs = 86_400_000;

export default class Stats extends BaseCommand {
  static override summary = 'Tell how many jobs were hits, and what that saved';
  static override description = `Counts the jobs on record that have ended, by runner and by day (UTC). What a hit saved is what the run took that made its result. Jobs go off the record with cab gc (--keep-job-days, --keep-jobs). With --json: {"since", "total", "runners", "days", "misses", "whole"}, times in milliseconds.`;
  static override examples = [
    '<%= config.bin %> stats',
    '<%= config.bin %> stats --days 7 --json | jq .total.saved_ms',
  ];
  static override exitCodes = [0, 2, 4, 130] as const;
  static override settings = listOf(stats, store, daemon, output);
  static override flags = oclifFlags(this.settings);

  override async run() {
    await this.read({});
    const since = new Date(Date.now() - this.settings.get(stats.days) * dayMs).toISOString();
    const found = await this.withBroker('looking', (broker, signal) =>
      broker.stats(since, { signal }),
    );
    this.output(found, (style) => statsText(style, found, this.place));
    return 0 as const;
  }
}
