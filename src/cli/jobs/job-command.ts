import type { Broker } from '../../core/engine/broker.ts';
import { CabError } from '../../core/model/errors.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';
import { trackOf } from '../../core/model/entry/track-pattern.ts';
import { acceptedLine, endedLine } from '../terminal/documents/jobs.ts';
import { problemText } from '../terminal/problem.ts';
import { BaseCommand } from '../base-command.ts';
import { after, engine, runner, store } from '../settings/flags.ts';
import { runJobs, type Order } from './job-run.ts';
import { errorDocument } from '../report.ts';
import { styleOf } from '../services.ts';
import type { ExitCode } from '../exit-codes.ts';

/** A command that hands in jobs: `submit` and `retry` differ in where they come from. */
export abstract class JobCommand extends BaseCommand {
  /** Runs the jobs to their end if they run here or are waited for, else leaves them in the queue. */
  protected async runOrders(
    orders: (broker: Broker, isRemote: boolean) => readonly Order[],
  ): Promise<ExitCode> {
    const { settings } = this;
    const folder = settings.get(after.output);
    const [enqueue, wait] = [settings.get(after.enqueue), settings.get(after.wait)];
    const adopt = settings.get(after.adopt);
    if (enqueue && folder !== undefined)
      throw new CabError('usage', '--enqueue runs no job, so there is no result for --output', {
        hint: 'Get it later: cab get TRACK -o FILE',
      });
    const signal = this.services.interruption();
    const part = enqueue ? 'accepting' : adopt ? 'adopting' : 'working';
    const { broker, isRemote, stop = async () => {} } = await this.openBroker(part);
    try {
      return await runJobs(orders(broker, isRemote), {
        ...{ broker, isRemote, signal, stop, services: this.services },
        follow: wait || folder !== undefined || !(enqueue || isRemote),
        adopt: adopt && !enqueue,
        keep: settings.get(after.keep),
        graceMs: settings.get(engine.kill_grace),
        printAt: wait ? (enqueue ? 'both' : 'end') : 'acceptance',
        waitTimeoutMs: settings.get(after.wait_timeout),
        print: (job, at) =>
          this.output(job, () => (at === 'end' ? endedLine(job) : acceptedLine(job))),
        refuse: (error, about) =>
          this.asJson
            ? this.output({ ...errorDocument(error), about }, String)
            : this.#tell(error, about),
        tell: (error, about) => this.#tell(error, about),
        say: (text) => this.say(text),
        tellsOutcome: !this.asJson,
        save: folder === undefined ? undefined : this.#saveInto(broker, folder, signal),
      });
    } finally {
      await broker.close();
    }
  }

  #saveInto(broker: Broker, folder: string, signal: AbortSignal) {
    const root = this.settings.get(store.cas_root);
    return async (job: JobDocument, name: string): Promise<void> => {
      const { intoFolder } = await import('../results/into-folder.ts');
      const file = await broker.open(job);
      try {
        const ofInput = name === '-' ? null : trackOf('{stem}', name);
        await intoFolder(file, job.track_id ?? ofInput, { folder, root, signal });
      } finally {
        await file.close();
      }
    };
  }

  /** A user who names no runner may not know that the built-in one is about songs. */
  #builtIn: 'to be told' | 'told' = 'to be told';

  #tell(error: CabError, about: string): void {
    const { stderr, env } = this.services;
    this.complain(problemText(styleOf(stderr, env), { ...errorDocument(error), about }));
    const isOfDefault = this.settings.source(runner.runner) === 'default';
    if (!error.isAboutContent || !isOfDefault || this.#builtIn === 'told') return;
    this.#builtIn = 'told';
    this.say(aboutBuiltIn);
  }
}

const aboutBuiltIn = `note: no runner is named, so the built-in one took it, historical-echo:
  it compares a song (JSON with tempo, energy, valence and loudness) with a
  database of songs (--db). For other work name a runner, such as
  --runner 'exec:sort {input}' or --runner ./run.mjs, or run any command:
  cab run -i FILE -- COMMAND`;
