import { BaseCommand } from '../cli/base-command.ts';
import { collectHere, flushHere, policyOf } from '../cli/maintenance/collect.ts';
import { eachOperand } from '../cli/jobs/each-operand.ts';
import type { ExitCode } from '../cli/exit-codes.ts';
import { daemon, gc, gcPolicy, listOf, output, store } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { refuseElsewhere, withPins } from '../cli/maintenance/pins.ts';
import { shownOn, styleOf } from '../cli/services.ts';
import { CabError } from '../core/model/errors.ts';
import type { GcDecision } from '../core/model/report/gc-report.ts';
import { decisionLine, flushedText, gcText, restoredText } from '../cli/terminal/documents/gc.ts';

const named = (name: string) => ({ name });

export default class Gc extends BaseCommand {
  static override summary = 'Remove entries that nothing needs, and old records of jobs';
  static override description = `Start with --dry-run: it says of each entry whether it would go, and why.

These stay in any case: what a track points to and its last --keep-last results, what is pinned, what a pending or running job may need, and what was used within the last hour. Entries that were published or relied on within --keep-days stay too. With --track-days, a track that got no result for so long is removed, and its entries go like others. --max-size overrides the --keep-days rule and no other: the least recently used entries go first, until the rest fits.

An entry that goes is moved to the trash. A later collection deletes it when it has been there for --grace. Jobs and a daemon may run meanwhile, and a collection may be interrupted. If a folder or the job store cannot be read, cab refuses and touches nothing. If a pointer cannot be read, the entry that it may lead to stays.

--restore KEY brings an entry back from the trash; it counts as used just now. With --json and --restore, each line is {"config_hash", "source_hash", "restored"}.

--flush collects nothing: it flushes small results that are still in the job store only, of a daemon that runs, too. Do this before files are copied without cab. With --json and --flush, the answer is {"written", "left", "problems"}; "left" are results that are just being written, or that cannot be, as "problems" say; the exit code is 1 then. See docs/how-to/collect-garbage.md.`;
  static override examples = [
    '<%= config.bin %> gc --dry-run',
    '<%= config.bin %> gc --keep-last 5 --keep-days 90',
    '<%= config.bin %> gc --max-size 20GB',
    '<%= config.bin %> gc --restore "$CONFIG/$SOURCE"',
    '<%= config.bin %> gc --flush',
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
    if (settings.get(gc.flush)) return this.#flush();
    const { root, store: elsewhere, queue, artifactName, manifestName } = this.brokerOptions();
    const dryRun = settings.get(gc.dry_run);
    const decisions: GcDecision[] = [];
    const style = styleOf(services.stdout, services.env);
    const report = await collectHere(
      {
        root,
        store: elsewhere,
        queue,
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

  /** 1 if a job is writing just now: its row stays. */
  async #flush(): Promise<ExitCode> {
    if (this.settings.get(gc.dry_run))
      throw new CabError('usage', '--flush collects nothing, and takes no --dry-run');
    const flushed = await flushHere(this.brokerOptions());
    this.output(flushed, () => flushedText(flushed));
    return flushed.left > 0 ? 1 : 0;
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
