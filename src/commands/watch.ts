import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import {
  after,
  daemon,
  engine,
  job,
  listOf,
  output,
  quiet,
  runner,
  store,
  upstream,
  watch,
} from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';

const { db, db_hash, probe, runner_arg, priority, timeout, retries, input, env } = job;

export default class Watch extends BaseCommand {
  static override summary = 'Submit files as they appear in folders, and run their jobs';
  static override description = `Goes on until it is interrupted. Files that are in the folder already are submitted too. A file is submitted once, across restarts, and again if its content changes. A file that failed stays, and is tried again when it changes.

If files are written slowly, write them elsewhere and rename them into the folder, or use --ready-suffix. On a network mount use --poll. See docs/how-to/watch-a-folder.md.`;
  static override examples = [
    '<%= config.bin %> watch inbox --db spine.db',
    '<%= config.bin %> watch inbox --on-done move:processed --track "{dir}/{stem}"',
    '<%= config.bin %> watch /mnt/share --poll --ready-suffix .done',
    '<%= config.bin %> watch inbox --json',
  ];
  static override completes = ['file'] as const;
  static override exitCodes = [2, 4, 130] as const;
  static override args = {
    folders: Args.string({
      description: 'folders',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(
    watch,
    { job: job.job, input, env, db, db_hash, probe, runner_arg, priority, timeout, retries },
    { enqueue: after.enqueue },
    runner,
    daemon,
    engine,
    store,
    upstream,
    { quiet },
    output,
  );
  static override flags = oclifFlags(this.settings);

  override async run(): Promise<never> {
    const { folders } = await this.read(Watch.args);
    const part = this.settings.get(after.enqueue) ? 'accepting' : 'adopting';
    const { watchUntil } = await import('../cli/watch/watch-until.ts');
    const { services, settings, asJson: json } = this;
    const signal = services.interruption();
    const { broker } = await this.openBroker(part);
    try {
      // Runs the jobs of an earlier call first, because their files wait for them. If that fails, the next job reports why.
      broker.idle().catch(() => undefined);
      return await watchUntil(signal, { broker, folders, settings, services, json });
    } finally {
      await broker.close();
    }
  }
}
