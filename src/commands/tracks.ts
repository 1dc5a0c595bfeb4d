import { BaseCommand } from '../cli/base-command.ts';
import { daemon, listOf, output, store } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { trackTable } from '../cli/terminal/documents/pointers.ts';

export default class Tracks extends BaseCommand {
  static override summary = 'List the tracks, each with its latest result';
  static override description = `A pointer that cannot be read is named on stderr, and the exit code is 1; the other tracks are listed. With --json: {"tracks": [pointer, …], "unreadable": [{"file", "error"}]}, sorted by track.`;
  static override examples = [
    '<%= config.bin %> tracks',
    '<%= config.bin %> tracks --json | jq -r .tracks[].track_id',
  ];
  static override exitCodes = [0, 1, 2, 4] as const;
  static override settings = listOf(store, daemon, output);
  static override flags = oclifFlags(this.settings);

  override async run(): Promise<0 | 1> {
    await this.read({});
    const found = await this.withBroker('looking', (broker) => broker.tracks());
    const { tracks, unreadable } = found;
    this.output(found, (style) =>
      tracks.length === 0 ? `no tracks in ${this.place}` : trackTable(style, tracks),
    );
    for (const { error } of unreadable) this.say(`warning: ${error}`);
    if (unreadable.length === 0) return 0;
    this.say('hint: see what each may mean with: cab verify');
    return 1;
  }
}
