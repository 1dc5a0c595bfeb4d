import * as Args from '@oclif/core/args';
import { after, daemon, engine, json, listOf, runner, store } from '../cli/settings/flags.ts';
import { JobCommand } from '../cli/jobs/job-command.ts';
import { Names } from '../cli/names/names.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import type { JobDocument } from '../core/model/job-document.ts';

export default class Retry extends JobCommand {
  static override summary = 'Submit failed or canceled jobs again, each under a new id';
  static override description =
    'Prints and runs the new jobs as `cab submit` does, and ends as it does at Ctrl-C.';
  static override examples = [
    '<%= config.bin %> retry JOB',
    '<%= config.bin %> status --status error --json | jq -r .jobs[].job_id | xargs <%= config.bin %> retry',
  ];
  static override exitCodes = [0, 1, 2, 3, 4, 5, 6, 130] as const;
  static override args = {
    jobs: Args.string({
      description: 'ids of jobs that ended in error or were canceled',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(after, runner, engine, store, daemon, { json });
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { jobs } = await this.read(Retry.args);
    return this.runOrders((broker) => {
      const names = new Names(broker);
      const accept = async (name: string): Promise<JobDocument> =>
        broker.retry((await this.saysWhere(names.job(name))).job_id);
      return jobs.map((name) => ({ name, accept: () => accept(name) }));
    });
  }
}
