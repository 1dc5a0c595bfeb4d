import { BaseCommand } from '../cli/base-command.ts';
import { collectHere, policyOf } from '../cli/maintenance/collect.ts';
import { eachOperand } from '../cli/jobs/each-operand.ts';
import type { ExitCode } from '../cli/exit-codes.ts';
import { daemon, gc, gcPolicy, listOf, output, store } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { refuseElsewhere, withPins } from '../cli/maintenance/pins.ts';
import { shownOn, styleOf } from '../cli/services.ts';
import { CabError } from '../core/model/errors.ts';
import type { GcDecision } from '../core/model/report/gc-report.ts';
import { decisionLine, gcText, restoredText } from '../cli/terminal/documents/gc.ts';

const named = (name: string) => ({ name });

export default class Gc extends BaseCommand {
  static override summary = 'Remove the entries that nothing needs, and records of jobs long ended';
  static override description = `Stays, whatever is said: what a track points to and its last --keep-last results, what is pinned, what a job that has not ended may need, and what was in use within the last hour. Stays for its age: what was published, or relied on by a job, within --keep-days. With --max-size that last rule gives way: the least recently read goes first, until what is left fits.

What goes is moved to the trash first; a later collection deletes what has lain there for --grace. Nothing need be stopped meanwhile, and an interrupted collection has done no harm. A tree that cannot be read whole is refused, and nothing touched; what a pointer that cannot be read may lead to stays.

--restore KEY brings an entry back from the trash. It counts as used just now; cab pin keeps it for good, and brings it back too. With --json an object {"config_hash", "source_hash", "restored"} a line. See docs/how-to/collect-garbage.md.`;
  static override examples = [
    '<%= config.bin %> gc --dry-run',
    '<%= config.bin %> gc --keep-last 5 --keep-days 90',
    '<%= config.bin %> gc --max-size 20GB',
    '<%= config.bin %> gc --restore "$CONFIG/$SOURCE"',
    '<%= config.bin %> gc --dry-run --json | jq -r \'.decisions[] | select(.action == "remove").reason\'',
  ];
  static override exitCodes = [0, 1, 2, 3, 4, 6, 130] as const;
  static override settings = listOf(
    gc,
    gcPolicy,
    store,
    { url: daemon.url, offline: daemon.offline },
    output,
  );
  static override flags = oclifFlags(this.settings);

  override async run() {
    await this.read({});
    const { settings, services } = this;
    await refuseElsewhere(settings, 'gc');
    const restored = settings.get(gc.restore);
    if (restored !== undefined) return this.#restore(restored);
    const { root, artifactName, manifestName } = this.brokerOptions();
    const dryRun = settings.get(gc.dry_run);
    const decisions: GcDecision[] = [];
    const style = styleOf(services.stdout, services.env);
    const report = await collectHere(
      {
        root,
        artifactName,
        manifestName,
        dryRun,
        policy: policyOf(settings, settings.get(gc.grace)),
        onDecision: (decision) => {
          if (this.asJson) decisions.push(decision);
          else if (dryRun || decision.action === 'fail')
            services.stdout.write(`${shownOn(services.stdout, decisionLine(style, decision))}\n`);
        },
      },
      services,
    );
    this.output({ ...report, decisions }, () => gcText(style, report));
    return report.entries.failed > 0 || report.unreadable.length > 0 ? 1 : 0;
  }

  #restore(keys: readonly string[]): Promise<ExitCode> {
    if (this.settings.get(gc.dry_run))
      throw new CabError('usage', '--restore collects nothing, and takes no --dry-run');
    return withPins(this.brokerOptions(), (pinning) =>
      eachOperand(keys.map(named), this.reporting, async ({ name }) => {
        const { key, restored } = await this.onEntry(name, (what) => pinning.restore(what));
        this.output({ ...key, restored }, () => restoredText(key, restored));
      }),
    );
  }
}
