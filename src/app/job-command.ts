import type { Broker } from '../core/broker.ts';
import type { CabError } from '../core/errors.ts';
import { acceptedLine, endedLine } from '../render/jobs.ts';
import { problemText } from '../render/problem.ts';
import { BaseCommand } from './base-command.ts';
import { after } from './flags.ts';
import { runJobs, type Order } from './job-run.ts';
import { Interrupted } from './interruption.ts';
import { errorDocument } from './report.ts';
import { styleOf } from './services.ts';
import type { ExitCode } from './exit-codes.ts';

/** A command that hands in jobs: `submit` and `retry` differ in where they come from. */
export abstract class JobCommand extends BaseCommand {
  /** Runs the jobs to their end where they run here or are waited for, else leaves them in the queue. */
  protected async runOrders(orders: (broker: Broker) => readonly Order[]): Promise<ExitCode> {
    const { stderr, env } = this.services;
    const enqueue = this.settings.get(after.enqueue);
    const wait = this.settings.get(after.wait);
    const tell = (error: CabError, about: string): void =>
      this.say(problemText(styleOf(stderr, env), { ...errorDocument(error), about }));
    const left: { isCutShort: boolean } = { isCutShort: false };
    const run = this.withBroker(
      enqueue ? 'accepting' : 'working',
      async (broker, signal, isRemote) =>
        runJobs(orders(broker), {
          broker,
          signal,
          services: this.services,
          follow: wait || !(enqueue || isRemote),
          goesOn: isRemote ? 'the daemon' : 'the next cab submit',
          printEnd: wait,
          waitTimeoutMs: this.settings.get(after.wait_timeout),
          print: (job) => this.output(job, () => (wait ? endedLine(job) : acceptedLine(job))),
          refuse: (error, about) =>
            this.asJson
              ? this.output({ ...errorDocument(error), about }, String)
              : tell(error, about),
          tell,
          say: (text) => this.say(text),
          onCutShort: () => (left.isCutShort = true),
        }),
    );
    try {
      return await run;
    } catch (error) {
      throw left.isCutShort ? new Interrupted('stdout was closed') : error;
    }
  }
}
