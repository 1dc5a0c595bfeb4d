import { BaseCommand } from '../cli/base-command.ts';
import {
  daemon,
  engine,
  gcPolicy,
  job,
  limits,
  listOf,
  output,
  runner,
  serve,
  servedGc,
  store,
  upstream,
} from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import {
  profiled,
  referenceEnvironment,
  type ServeProfile,
} from '../cli/serve/reference-profile.ts';

const { timeout, retries } = job;

export default class Serve extends BaseCommand {
  static override summary = 'Serve the root over HTTP, and run the jobs of its queue';
  static override description = `One daemon serves a root. While it runs, the other commands on this root use it automatically.

SIGINT, SIGTERM and SIGHUP stop it: it accepts nothing more, gives running jobs --grace to end, hands the rest back to the queue, and exits with 0. A second SIGINT or SIGTERM ends it at once. No accepted job is lost either way.

Web pages, other hosts and other users are refused unless a flag lets them in: see docs/reference/http.md. Start with cab serve alone, then ask http://127.0.0.1:8099/readyz.`;
  static override examples = [
    '<%= config.bin %> serve',
    '<%= config.bin %> serve --watch inbox --db spine.db',
    '<%= config.bin %> serve --host 0.0.0.0 --token-file tokens --allow-root /srv/features',
    '<%= config.bin %> serve --gc-every 1d --keep-last 5 --max-size 20GB',
    '<%= config.bin %> serve --runner package.module:callable --port 8099',
  ];
  static override exitCodes = [0, 2, 4] as const;
  static override settings = listOf(
    serve,
    limits,
    servedGc,
    gcPolicy,
    { db: job.db, job: job.job, timeout, retries },
    { token: daemon.token },
    upstream,
    runner,
    engine,
    store,
    output,
  );
  static override flags = oclifFlags(this.settings);

  protected readonly profile: ServeProfile = 'cab';

  override async run(): Promise<0> {
    await this.read({});
    const { services, settings } = this;
    const signal = services.interruption();
    const { serveUntil } = await import('../cli/serve/serve-until.ts');
    const { profile } = this;
    const broker = profiled(profile, this.brokerOptions(), settings);
    await serveUntil(signal, { broker, profile, settings, services });
    return 0;
  }

  protected override async surroundings() {
    return this.profile === 'cab'
      ? super.surroundings()
      : { env: referenceEnvironment(this.services.env), file: undefined, looksUpward: false };
  }
}
