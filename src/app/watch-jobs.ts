/** `cab status --watch`: a picture that is redrawn on a terminal, a line for each change elsewhere. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Broker, JobQuery } from '../core/broker.ts';
import type { JobDocument } from '../core/model/job-document.ts';
import { countsLine, jobLine, jobTable, wholeJob } from '../render/jobs.ts';
import { logTail } from './log-pieces.ts';
import { isLive, styleOf, type Services } from './services.ts';

export interface WatchOptions {
  /** One job, until it has ended; else the queue, until someone stops it. */
  readonly job: string | undefined;
  readonly query: JobQuery;
  readonly signal: AbortSignal;
  readonly json: boolean;
  readonly services: Pick<Services, 'stdout' | 'env'>;
}

/** How often the queue is looked at; the same for a queue of this machine and for one behind a daemon. */
const everyMs = 500;

const home = '\u001B[H';
const clearLine = '\u001B[K';
const clearBelow = '\u001B[J';
const clearScreen = '\u001B[2J';

export async function watchJobs(broker: Broker, options: WatchOptions): Promise<void> {
  const { job, signal, json, services } = options;
  const live = !json && isLive(services.stdout, services.env);
  const show = live ? picture(broker, options) : changes(options);
  if (live) services.stdout.write(clearScreen);
  while (!signal.aborted) {
    const jobs = await looked(broker, options);
    await show(jobs);
    if (job !== undefined && jobs.every(({ finished_at }) => finished_at !== null)) return;
    await delay(everyMs, undefined, { signal });
  }
}

const looked = async (
  broker: Broker,
  { job, query }: WatchOptions,
): Promise<readonly JobDocument[]> =>
  job === undefined ? (await broker.jobs(query)).jobs : [await broker.job(job)];

function picture(broker: Broker, { job, services }: WatchOptions) {
  return async (jobs: readonly JobDocument[]): Promise<void> => {
    const style = styleOf(services.stdout, services.env);
    const [one] = jobs;
    const text =
      job !== undefined && one !== undefined
        ? wholeJob(style, one, await logTail(broker, job, 10))
        : `${countsLine(style, await broker.counts())}\n\n${jobTable(style, jobs)}`;
    services.stdout.write(
      `${home}${text.replaceAll('\n', `${clearLine}\n`)}${clearLine}\n${clearBelow}`,
    );
  };
}

function changes({ json, services }: WatchOptions) {
  const shown = new Map<string, string>();
  return async (jobs: readonly JobDocument[]): Promise<void> => {
    const style = styleOf(services.stdout, services.env);
    for (const job of jobs.toReversed()) {
      const document = JSON.stringify(job);
      if (shown.get(job.job_id) === document) continue;
      shown.set(job.job_id, document);
      services.stdout.write(`${json ? document : jobLine(style, job)}\n`);
    }
  };
}
