import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import { daemon, listOf, logs, output, store } from '../cli/settings/flags.ts';
import { logPieces } from '../cli/jobs/log-pieces.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { Names } from '../cli/names/names.ts';
import type { Broker } from '../core/engine/broker.ts';
import { CabError, isCabError } from '../core/model/errors.ts';
import { visible } from '../cli/terminal/visible.ts';

export default class Logs extends BaseCommand {
  static override summary = 'Print what the runner of a job wrote, in all attempts';
  static override description = `For a key or a track, and with --last, it is the latest job that ran. On a terminal, control characters are shown (^[ is Escape), except those that end lines; --raw prints them as they are. With --json each line is {"job_id", "text", "next"}.`;
  static override examples = [
    '<%= config.bin %> logs JOB',
    '<%= config.bin %> logs JOB --follow',
    '<%= config.bin %> logs demo',
    '<%= config.bin %> logs --last',
  ];
  static override completes = ['job', 'track'] as const;
  static override exitCodes = [0, 2, 3, 4, 130] as const;
  static override args = {
    job: Args.string({ description: 'a job, a key or a track', ignoreStdin: true }),
  };
  static override settings = listOf(logs, store, daemon, output);
  static override flags = oclifFlags(this.settings);

  /** The first byte of the log that was not printed yet. */
  #next = 0;

  override async run() {
    const { job: name } = await this.read(Logs.args);
    const isLast = this.settings.get(logs.last);
    if (isLast === (name !== undefined))
      throw new CabError('usage', isLast ? '--last takes no job' : 'no job is named', {
        hint: 'Name a job, a key or a track; or ask for the latest job: cab logs --last',
      });
    const goesOn = this.settings.get(logs.follow);
    await this.withBroker(goesOn ? 'reading' : 'looking', async (broker, signal) => {
      const names = new Names(broker);
      const { job_id: job } = await (name === undefined ? names.last() : names.jobOf(name));
      await this.#print(broker, job);
      if (!goesOn) return;
      for await (const { type } of broker.events({ job_id: job, signal }))
        if (type === 'stdout' || type === 'stderr') await this.#printMore(broker, job);
      await this.#print(broker, job);
    });
    return 0 as const;
  }

  /** While a daemon restarts there is no output. Events continue afterwards, and so does this. */
  async #printMore(broker: Broker, job_id: string): Promise<void> {
    try {
      await this.#print(broker, job_id);
    } catch (error) {
      if (!isCabError(error, 'daemon_unreachable')) throw error;
    }
  }

  /** A runner may have written characters that control a terminal. */
  #shown(text: string): string {
    const isShown = this.services.stdout.isTTY === true && !this.settings.get(logs.raw);
    return isShown ? visible(text) : text;
  }

  async #print(broker: Broker, job_id: string): Promise<void> {
    for await (const { text, next } of logPieces(broker, job_id, this.#next)) {
      if (this.asJson) this.output({ job_id, text, next }, String);
      else await this.write(this.#shown(text));
      this.#next = next;
    }
  }
}
