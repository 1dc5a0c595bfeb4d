import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import { eachOperand } from '../cli/jobs/each-operand.ts';
import { cancelJobs } from '../cli/jobs/many-jobs.ts';
import { cancel, daemon, listOf, output, store } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { Names } from '../cli/names/names.ts';
import { canceledText, jobLine } from '../cli/terminal/documents/jobs.ts';
import type { JobDocument } from '../core/model/job/job-document.ts';
import { CabError } from '../core/model/errors.ts';

export default class Cancel extends BaseCommand {
  static override summary = 'Cancel jobs, in whichever process they run';
  static override description = `A pending job is canceled at once. A running job is told to end. A job that has ended stays as it is. With --all or --track a line on stderr says how many jobs were canceled.`;
  static override examples = [
    '<%= config.bin %> cancel JOB',
    '<%= config.bin %> cancel JOB JOB --json',
    '<%= config.bin %> cancel --track demo',
    '<%= config.bin %> cancel --all',
  ];
  static override completes = ['waiting job'] as const;
  static override exitCodes = [0, 2, 3, 4] as const;
  static override args = {
    jobs: Args.string({
      description: 'ids of jobs',
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(cancel, store, daemon, output);
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { jobs = [] } = await this.read(Cancel.args);
    const all = this.settings.get(cancel.all);
    const track = this.settings.get(cancel.track);
    const asked = [jobs.length > 0, all, track !== undefined].filter(Boolean).length;
    if (asked !== 1)
      throw new CabError('usage', asked === 0 ? 'no job is named' : 'jobs are named in two ways', {
        hint: 'Name jobs, or take those of a track (--track), or all (--all).',
      });
    return jobs.length > 0 ? this.#named(jobs) : this.#together(track);
  }

  #named(jobs: readonly string[]) {
    return this.withBroker('reading', async (broker) => {
      const names = new Names(broker);
      return eachOperand(jobs.map(named), this.reporting, async ({ name }) => {
        const { job_id } = await this.saysWhere(names.job(name));
        this.#print(await broker.cancel(job_id));
      });
    });
  }

  async #together(track: string | undefined) {
    const taken: Pick<JobDocument, 'status'>[] = [];
    await this.withBroker('reading', (broker, signal) =>
      cancelJobs(broker, track, {
        signal,
        take: (job) => {
          taken.push({ status: job.status });
          this.#print(job);
        },
      }),
    );
    const of = track === undefined ? '' : ` of track ${JSON.stringify(track)}`;
    this.say(
      taken.length === 0
        ? `no job${of} is pending or running in ${this.place}`
        : canceledText(taken),
    );
    return 0 as const;
  }

  #print(job: JobDocument): void {
    this.output(job, (style) => jobLine(style, job));
  }
}

const named = (name: string) => ({ name });
