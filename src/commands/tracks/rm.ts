import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/base-command.ts';
import { refuseElsewhere, removeTracksOf } from '../../cli/maintenance/pins.ts';
import { daemon, listOf, output, store, tracksRm } from '../../cli/settings/flags.ts';
import { oclifFlags } from '../../cli/settings/oclif-flags.ts';
import { removedTracksText } from '../../cli/terminal/documents/pointers.ts';

export default class TracksRm extends BaseCommand {
  static override summary = 'Remove tracks; their entries go with a later cab gc';
  static override description = `PATTERN is a track, or matches several: * stands for any characters, ? for one. The pointer and the history are removed. Entries stay until cab gc finds that nothing needs them, and until then are found by their keys and jobs. A job that has not ended brings its track back. With --json: {"dry_run", "tracks": [{"track_id", "config_hash", "source_hash"}, …]}.`;
  static override examples = [
    '<%= config.bin %> tracks rm demo',
    '<%= config.bin %> tracks rm "test-*" --dry-run',
  ];
  static override completes = ['track'] as const;
  static override exitCodes = [0, 2, 3, 4] as const;
  static override args = {
    pattern: Args.string({
      description: 'a track, or a pattern of tracks',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(
    tracksRm,
    store,
    { url: daemon.url, offline: daemon.offline },
    output,
  );
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { pattern } = await this.read(TracksRm.args);
    await refuseElsewhere(this.settings, 'tracks rm');
    const dryRun = this.settings.get(tracksRm.dry_run);
    const tracks = await this.saysWhere(removeTracksOf(this.brokerOptions(), pattern, { dryRun }));
    this.output({ dry_run: dryRun, tracks }, () => removedTracksText(tracks, dryRun));
    return 0 as const;
  }
}
