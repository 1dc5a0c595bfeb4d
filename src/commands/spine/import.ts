import * as Args from '@oclif/core/args';
import { resolve } from 'node:path';
import { BaseCommand } from '../../cli/base-command.ts';
import { listOf, output, spine } from '../../cli/settings/flags.ts';
import { importWithProgress } from '../../cli/import-spine.ts';
import { oclifFlags } from '../../cli/settings/oclif-flags.ts';
import { CabError } from '../../core/model/errors.ts';
import { importText } from '../../cli/terminal/documents/spine-import.ts';

export default class SpineImport extends BaseCommand {
  static override summary = 'Build a database for the built-in runner from a CSV of songs';
  static override description = `The first line names the columns: artist, title (or song, track_name), year (or a release date), tempo, valence, energy, loudness. Rows that cannot be used are counted and shown. A database that exists keeps its other tiers.`;
  static override examples = [
    '<%= config.bin %> spine import songs.csv --out spine.db',
    '<%= config.bin %> spine import more.csv --out spine.db --tier tier2_modern',
  ];
  static override completes = ['file'] as const;
  static override exitCodes = [0, 2, 4, 130] as const;
  static override args = {
    csv: Args.string({ description: 'a CSV file', required: true, ignoreStdin: true }),
  };
  static override settings = listOf(spine, output);
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { csv } = await this.read(SpineImport.args);
    const out = this.settings.get(spine.out);
    if (out === undefined) throw new CabError('usage', '--out FILE says where the database goes');
    const report = await importWithProgress(
      { csv: resolve(this.services.cwd, csv), out, tier: this.settings.get(spine.tier) },
      this.services,
    );
    this.output({ out, ...report }, () => importText(out, report));
    return 0 as const;
  }
}
