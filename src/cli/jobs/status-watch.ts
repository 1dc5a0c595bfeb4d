/** `cab status --watch`: a picture that is redrawn on a terminal, a line for each change elsewhere. */
import type { Broker, JobQuery } from '../../core/engine/broker.ts';
import { isCabError } from '../../core/model/errors.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';
import { pause } from '../../support/time/pause.ts';
import { ReconnectDeadline } from '../../support/time/reconnect-deadline.ts';
import { countsLine, jobLine, jobTable, wholeJob } from '../terminal/documents/jobs.ts';
import { logTail } from './log-pieces.ts';
import { News } from './job-change-signal.ts';
import { isLive, jsonOn, shownOn, styleOf, type Services } from '../services.ts';

export interface WatchOptions {
  /** One job, until it has ended; else the queue, until someone stops it. */
  readonly job: string | undefined;
  readonly query: JobQuery;
  readonly signal: AbortSignal;
  readonly json: boolean;
  readonly services: Pick<Services, 'stdout' | 'env'>;
}

/** Between two looks, however much happens. */
const shortestMs = 100;
/** A picture tells how long ago things were. */
const longestMs = 1000;
/** How long a daemon that is being restarted is waited for. */
const reconnectMs = 30_000;

const home = '\u001B[H';
const clearLine = '\u001B[K';
const clearBelow = '\u001B[J';
const clearScreen = '\u001B[2J';

export async function watchJobs(broker: Broker, options: WatchOptions): Promise<void> {
  const { job, signal, json, services } = options;
  const live = !json && isLive(services.stdout, services.env);
  const show = live ? picture(broker, options) : changes(options);
  if (live) services.stdout.write(clearScreen);
  const news = new News(broker, job);
  const deadline = new ReconnectDeadline(reconnectMs);
  try {
    while (!signal.aborted) {
      const jobs = await outlasting(deadline, signal, () => looked(broker, options));
      await outlasting(deadline, signal, () => show(jobs));
      if (job !== undefined && jobs.every(({ finished_at }) => finished_at !== null)) return;
      await pause(shortestMs, signal);
      signal.throwIfAborted();
      await news.next(longestMs);
    }
  } finally {
    await news.stop();
  }
}

/** Acts again while the daemon is away, until the deadline. */
async function outlasting<T>(
  deadline: ReconnectDeadline,
  signal: AbortSignal,
  act: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      const result = await act();
      deadline.renew();
      return result;
    } catch (error) {
      if (!isCabError(error, 'daemon_unreachable')) throw error;
      await deadline.pause(error, signal);
    }
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
      `${home}${shownOn(services.stdout, text).replaceAll('\n', `${clearLine}\n`)}${clearLine}\n${clearBelow}`,
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
      const { stdout } = services;
      const line = json ? jsonOn(stdout, job) : shownOn(stdout, jobLine(style, job));
      stdout.write(`${line}\n`);
    }
  };
}
