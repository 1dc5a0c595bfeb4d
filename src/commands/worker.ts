import { BaseCommand } from '../cli/base-command.ts';
import {
  engine,
  job,
  listOf,
  output,
  runner,
  serve,
  store,
  upstream,
  worker,
} from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';

const { timeout, retries } = job;

export default class Worker extends BaseCommand {
  static override summary = 'Run jobs of the queue, without serving anything';
  static override description = `Takes jobs of the queue, runs them and publishes their results, as a daemon does, and listens nowhere. Any number of workers may work on one queue: beside a daemon on this machine, or, with --queue and --store, on as many machines as there are.

SIGINT, SIGTERM and SIGHUP stop it: it takes nothing more, gives running jobs --kill-grace to end, hands the rest back to the queue, and exits with 0. So do --drain, --max-jobs and --idle-exit when their time has come. A worker that is killed loses nothing: another one takes its jobs.

See docs/how-to/run-on-many-machines.md.`;
  static override examples = [
    '<%= config.bin %> worker',
    '<%= config.bin %> worker --drain',
    '<%= config.bin %> worker --queue postgres://cab@db.example/cab --store s3://bucket/cab --idle-exit 5m',
  ];
  static override exitCodes = [0, 2, 4] as const;
  static override settings = listOf(
    worker,
    { db: job.db, timeout, retries, log_level: serve.log_level },
    upstream,
    runner,
    engine,
    store,
    output,
  );
  static override flags = oclifFlags(this.settings);

  override async run(): Promise<0> {
    await this.read({});
    const { services, settings } = this;
    const { workUntil } = await import('../cli/serve/work-until.ts');
    await workUntil(services.interruption(), { broker: this.brokerOptions(), settings, services });
    return 0;
  }
}
