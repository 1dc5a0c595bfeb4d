import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import { daemon, listOf, output, status, store } from '../cli/settings/flags.ts';
import { logTail } from '../cli/jobs/log-pieces.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { Names } from '../cli/names/names.ts';
import type { Broker, JobQuery } from '../core/engine/broker.ts';
import { countsLine, jobTable, wholeJob } from '../cli/terminal/documents/jobs.ts';

export default class Status extends BaseCommand {
  static override summary = 'Show one job, or the counts of the queue and its latest jobs';
  static override description =
    'JOB is the id of a job, or a key or a track for its latest job that ran. Without it, the counts of the queue and the latest jobs are shown. cab logs JOB prints what its runner wrote.';
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --status error --limit 5',
    '<%= config.bin %> status --watch',
    '<%= config.bin %> status JOB --json',
  ];
  static override completes = ['job', 'track'] as const;
  static override exitCodes = [0, 2, 3, 4] as const;
  static override args = {
    job: Args.string({
      description: 'a job; or a key or a track, for its latest job that was run',
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(status, store, daemon, output);
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { job: name } = await this.read(Status.args);
    const goesOn = this.settings.get(status.watch);
    await this.withBroker(goesOn ? 'reading' : 'looking', async (broker, signal) => {
      const job = name === undefined ? undefined : (await new Names(broker).jobOf(name)).job_id;
      if (goesOn) return this.#watch(broker, signal, job);
      return job === undefined ? this.#queue(broker) : this.#job(broker, job);
    });
    return 0 as const;
  }

  async #job(broker: Broker, id: string): Promise<void> {
    const job = await broker.job(id);
    const log = this.asJson ? '' : await logTail(broker, id, 10);
    this.output(job, (style) => wholeJob(style, job, log));
  }

  async #queue(broker: Broker): Promise<void> {
    const [counts, { jobs }] = [await broker.counts(), await broker.jobs(this.#query())];
    this.output({ counts, jobs }, (style) =>
      [
        countsLine(style, counts, this.place),
        ...(jobs.length > 0 ? [jobTable(style, jobs)] : []),
      ].join('\n\n'),
    );
  }

  async #watch(broker: Broker, signal: AbortSignal, job: string | undefined): Promise<void> {
    const { watchJobs } = await import('../cli/jobs/status-watch.ts');
    const { services, asJson: json } = this;
    await watchJobs(broker, { job, query: this.#query(), signal, json, services });
  }

  #query(): JobQuery {
    const wanted = this.settings.get(status.status);
    const track = this.settings.get(status.track);
    return {
      limit: this.settings.get(status.limit),
      ...(wanted !== undefined && { status: wanted }),
      ...(track !== undefined && { track }),
    };
  }
}
