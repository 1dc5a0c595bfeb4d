import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import { daemon, listOf, output, runner, store, verify } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { refuseElsewhere } from '../cli/maintenance/pins.ts';
import { exitCodeOfReport, verifyHere, writeJunit } from '../cli/maintenance/verify.ts';
import { CabError } from '../core/model/errors.ts';
import { annotations, verifyText } from '../cli/terminal/documents/verification.ts';

export default class Verify extends BaseCommand {
  static override summary =
    'Check every digest, size and name, the pointers, leftovers and the job store';
  static override description = `Daemons and jobs may run meanwhile. Entries that were never checked come first, then those checked the longest ago. Sound entries are remembered: with --max-age an interrupted check goes on where it stopped. PATHS are entries, configurations or pointers below the root; without any, the whole root is checked. Each finding says which tracks and jobs lead to it, and which command repairs it. See docs/how-to/verify.md.`;
  static override examples = [
    '<%= config.bin %> verify',
    '<%= config.bin %> verify --max-age 7d',
    '<%= config.bin %> verify --sample 1/7 --junit verify.xml',
    '<%= config.bin %> verify --repair --rerun',
  ];
  static override completes = ['file'] as const;
  static override exitCodes = [0, 1, 2, 3, 4, 6, 130] as const;
  static override args = {
    paths: Args.string({
      description: 'entries, configurations or pointers; without any, the whole root',
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(
    verify,
    store,
    runner,
    { url: daemon.url, offline: daemon.offline },
    output,
  );
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { paths } = await this.read(Verify.args);
    const { settings, services } = this;
    // A file or a variable may set this for all checks, including those without a repair.
    if (settings.source(verify.rerun) === '--rerun' && !settings.get(verify.repair))
      throw new CabError('usage', '--rerun goes with --repair, which tells what was lost');
    await refuseElsewhere(settings, 'verify');
    const report = await verifyHere(paths ?? [], this.brokerOptions(), settings, services);
    await writeJunit(settings.get(verify.junit), report);
    this.output(report, (style) =>
      settings.get(verify.github) ? annotations(report) : verifyText(style, report),
    );
    return exitCodeOfReport(report);
  }
}
