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
  watch,
} from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';

const { db, db_hash, probe, runner_arg, priority, timeout, retries, input, env } = job;

export default class Watch extends BaseCommand {
  static override summary = 'Submit features files as they appear in folders';
  static override description = `Goes on until it is interrupted. What lies in a folder already is submitted as well, and what was
submitted is not submitted again, also not by the next call; a file that changes is. A file that
failed stays where it is, and is tried again when it changes.

Where files are written slowly, rename them into the folder when they are whole, or use
--ready-suffix. On a network mount, use --poll.`;
  static override examples = [
    '<%= config.bin %> watch inbox --db spine.db',
    '<%= config.bin %> watch inbox --on-done move:processed --track "{dir}/{stem}"',
    '<%= config.bin %> watch /mnt/share --poll --ready-suffix .done',
    '<%= config.bin %> watch inbox --json',
  ];
  static override exitCodes = [2, 4, 130] as const;
  static override args = {
    folders: Args.string({
      description: 'directories',
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
      // Begins with the jobs of an earlier call, whose files wait for them; what keeps it from that is told with the next job.
      broker.idle().catch(() => undefined);
      return await watchUntil(signal, { broker, folders, settings, services, json });
    } finally {
      await broker.close();
    }
  }
}
