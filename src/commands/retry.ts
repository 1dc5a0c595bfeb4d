import * as Args from '@oclif/core/args';
import {
  after,
  daemon,
  engine,
  listOf,
  output,
  quiet,
  retry,
  runner,
  store,
  upstream,
} from '../cli/settings/flags.ts';
import { JobCommand } from '../cli/jobs/job-command.ts';
import { failedJobs } from '../cli/jobs/many-jobs.ts';
import { Names } from '../cli/names/names.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { countedJobs } from '../cli/terminal/documents/jobs.ts';
import { CabError } from '../core/model/errors.ts';
import type { JobDocument } from '../core/model/job/job-document.ts';

export default class Retry extends JobCommand {
  static override summary = 'Submit failed or canceled jobs again, each under a new id';
  static override description = `Prints and runs the new jobs as cab submit does. --failed takes each key and track once, and leaves out work that a later job has done or will do, among the latest 1000 jobs. cab status --status error lists the failed jobs.`;
  static override examples = [
    '<%= config.bin %> retry JOB',
    '<%= config.bin %> retry --failed',
    '<%= config.bin %> status --status error --json | jq -r .jobs[].job_id | xargs <%= config.bin %> retry',
  ];
  static override completes = ['failed job'] as const;
  static override exitCodes = [0, 1, 2, 3, 4, 5, 6, 130] as const;
  static override args = {
    jobs: Args.string({
      description: 'ids of jobs that ended in error or were canceled',
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(
    ...[retry, after, runner, engine, store, daemon, upstream, { quiet }, output],
  );
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { jobs: named = [] } = await this.read(Retry.args);
    const failed = this.settings.get(retry.failed);
    if (failed === named.length > 0)
      throw new CabError('usage', failed ? '--failed takes no job' : 'no job is named', {
        hint: 'Name jobs, or take those that failed: cab retry --failed',
      });
    const jobs = failed ? await this.#failed() : named;
    if (jobs.length === 0) return 0 as const;
    return this.runOrders((broker) => {
      const names = new Names(broker);
      const accept = async (name: string): Promise<JobDocument> =>
        broker.retry((await this.saysWhere(names.job(name))).job_id);
      return jobs.map((name) => ({ name, accept: () => accept(name) }));
    });
  }

  async #failed(): Promise<readonly string[]> {
    const jobs = await this.withBroker('looking', failedJobs);
    this.say(
      jobs.length === 0
        ? `no failed job is left to retry in ${this.place}`
        : `${countedJobs(jobs.length)} that failed ${jobs.length === 1 ? 'is' : 'are'} submitted again`,
    );
    return jobs;
  }
}
