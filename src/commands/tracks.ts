import { BaseCommand } from '../app/base-command.ts';
import { daemon, json, listOf, store } from '../app/flags.ts';
import { oclifFlags } from '../app/oclif-flags.ts';
import { trackTable } from '../render/pointers.ts';

export default class Tracks extends BaseCommand {
  static override summary = 'List the tracks, each with its latest result';
  static override description = 'With --json: {"tracks": [pointer, …]}, sorted by track id.';
  static override examples = [
    '<%= config.bin %> tracks',
    '<%= config.bin %> tracks --json | jq -r .tracks[].track_id',
  ];
  static override exitCodes = [0, 2, 4, 6] as const;
  static override settings = listOf(store, daemon, { json });
  static override flags = oclifFlags(this.settings);

  override async run() {
    await this.read({});
    const tracks = await this.withBroker('looking', (broker) => broker.tracks());
    this.output({ tracks }, (style) =>
      tracks.length === 0 ? 'no tracks' : trackTable(style, tracks),
    );
    return 0 as const;
  }
}
