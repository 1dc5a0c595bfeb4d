import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import { eachOperand } from '../cli/jobs/each-operand.ts';
import { daemon, json, listOf, store } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { Names } from '../cli/names/names.ts';
import { jobLine } from '../cli/terminal/jobs.ts';

export default class Cancel extends BaseCommand {
  static override summary = 'Cancel jobs, whichever process runs them';
  static override description =
    'A pending job is canceled at once; a running one is told to end and ends soon; an ended one stays as it is.';
  static override examples = [
    '<%= config.bin %> cancel JOB',
    '<%= config.bin %> cancel JOB JOB --json',
  ];
  static override exitCodes = [0, 2, 3, 4] as const;
  static override args = {
    jobs: Args.string({
      description: 'ids of jobs',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(store, daemon, { json });
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { jobs } = await this.read(Cancel.args);
    return this.withBroker('reading', async (broker) => {
      const names = new Names(broker);
      return eachOperand(jobs.map(named), this.reporting, async ({ name }) => {
        const { job_id } = await this.saysWhere(names.job(name));
        const job = await broker.cancel(job_id);
        this.output(job, (style) => jobLine(style, job));
      });
    });
  }
}

const named = (name: string) => ({ name });
