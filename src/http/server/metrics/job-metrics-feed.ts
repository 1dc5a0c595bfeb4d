/**
 * Follows the broker's events for the metrics of jobs in any process: which jobs ended since the start, which wait
 * and run, and since when.
 */
import type { Broker } from '../../../core/engine/broker.ts';
import { isCabError } from '../../../core/model/errors.ts';
import { pause } from '../../../support/time/pause.ts';
import type { Logger } from '../../../support/logger.ts';
import type { JobDocument } from '../../../core/model/job/job-document.ts';
import type { JobEvent } from '../../../core/model/job/job-event.ts';
import { beforeNewestJob } from '../../../core/engine/broker.ts';
import { ActiveJobs, type ActiveCount, type ActiveJob, type WaitingCount } from './active-jobs.ts';
import { Rates } from './rates.ts';

/** The fields of an ended job that the metrics use. */
export type EndedJob = Pick<
  JobDocument,
  'status' | 'runner' | 'cached' | 'started_at' | 'finished_at'
>;

export class JobMetricsFeed {
  readonly #broker: Broker;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #since = new Date().toISOString();
  /** The jobs that have not ended. */
  readonly #active = new ActiveJobs();
  readonly #submitted = new Rates();
  readonly #ended = new Rates();
  /** Jobs with an event while the lists of active jobs are read. Undefined at other times. */
  #told: Set<string> | undefined;
  #seen = 0;
  #tell: (job: EndedJob) => void = () => undefined;
  #done: Promise<void> | undefined;

  constructor(broker: Broker, logger: Logger) {
    this.#broker = broker;
    this.#logger = logger;
  }

  onEnd(tell: (job: EndedJob) => void): void {
    this.#tell = tell;
  }

  start(): void {
    this.#done = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  oldestPendingMs(now: number): number {
    return now - this.#active.oldestPending(now);
  }

  /** How many jobs wait and run, by runner. */
  active(): readonly ActiveCount[] {
    return this.#active.counts;
  }

  /** How many jobs wait, by priority, in no order. */
  waiting(): readonly WaitingCount[] {
    return this.#active.waiting;
  }

  /** Jobs that were submitted and that ended in the last minutes, since the start. */
  rates(minutes: number, now: number): { readonly submitted: number; readonly ended: number } {
    return {
      submitted: this.#submitted.within(minutes, now),
      ended: this.#ended.within(minutes, now),
    };
  }

  /** If the job store cannot be read for a while, metrics are missing, and the server continues. */
  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    let isBegun = false;
    while (!signal.aborted) {
      try {
        if (!isBegun) this.#seen = (await beforeNewestJob(this.#broker)) ?? 0;
        isBegun = true;
        await this.#round(signal);
      } catch (error) {
        this.#logger.warn({ err: error }, 'the figures cannot follow the jobs; trying again');
        await pause(retryAfterMs, signal);
      }
    }
  }

  /** Runs until either part fails. Then both end, because the next round would otherwise receive every event twice. */
  async #round(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    this.#told = new Set();
    const parts = [this.#readEvents(AbortSignal.any([signal, over.signal])), this.#readActive()];
    try {
      await Promise.all(parts);
    } finally {
      over.abort();
      await Promise.allSettled(parts);
    }
  }

  /** Reads running jobs last: a job that starts to run meanwhile is then found, even before its event arrives. */
  async #readActive(): Promise<void> {
    for (const status of ['pending', 'running'] as const)
      for (let cursor: string | null | undefined = undefined; cursor !== null;) {
        const page = await this.#broker.jobs({
          status,
          limit: 1000,
          ...(cursor !== undefined && { cursor }),
        });
        for (const { job_id, runner, priority, submitted_at } of page.jobs)
          if (this.#told?.has(job_id) !== true)
            this.#active.set(job_id, {
              ...{ state: status, runner, priority },
              since: Date.parse(submitted_at),
              startedAt: null,
            });
        cursor = page.next;
      }
    this.#told = undefined;
  }

  async #readEvents(signal: AbortSignal): Promise<void> {
    for await (const event of this.#broker.events({ after: this.#seen, signal })) {
      this.#seen = event.seq;
      await this.#take(event);
    }
  }

  async #take(event: JobEvent): Promise<void> {
    const { job_id, type, at } = event;
    switch (type) {
      case 'submitted':
      case 'retrying':
      case 'started': {
        const state = type === 'started' ? 'running' : 'pending';
        const startedAt = type === 'started' ? at : null;
        const traits = await this.#traitsOf(event);
        this.#told?.add(job_id);
        this.#active.set(job_id, { ...traits, state, since: Date.parse(at), startedAt });
        if (type === 'submitted' && at >= this.#since) this.#submitted.add(Date.parse(at));
        return;
      }
      case 'done':
      case 'failed':
      case 'canceled':
      case 'timeout':
        this.#told?.add(job_id);
        await this.#end(event);
        return;
      case 'stdout':
      case 'stderr':
      case 'progress':
        return;
      default:
        return type satisfies never;
    }
  }

  /** They are in the event of the submission. Those of a job from before the start are looked up. */
  async #traitsOf({
    job_id,
    type,
    data,
  }: JobEvent): Promise<Pick<ActiveJob, 'runner' | 'priority'>> {
    if (type === 'submitted' && data.runner !== undefined)
      return { runner: data.runner, priority: data.priority };
    const known = this.#active.get(job_id) ?? (await this.#job(job_id));
    return { runner: known?.runner ?? '', priority: known?.priority ?? 0 };
  }

  /** If the events gave the start of a done job, its result comes from the events. Otherwise the job is looked up. */
  async #end({ job_id, type, at, data }: JobEvent): Promise<void> {
    const { runner, startedAt: started_at = null } = this.#active.get(job_id) ?? {};
    this.#active.delete(job_id);
    if (at < this.#since) return;
    this.#ended.add(Date.parse(at));
    const cached = type === 'done' && data.cached;
    const job =
      type === 'done' && runner !== undefined && (cached || started_at !== null)
        ? { status: type, runner, cached, started_at, finished_at: at }
        : await this.#job(job_id);
    if (job !== undefined) this.#tell(job);
  }

  /** Undefined if the job was trimmed in the meantime. */
  async #job(job_id: string): Promise<JobDocument | undefined> {
    try {
      return await this.#broker.job(job_id);
    } catch (error) {
      if (isCabError(error, 'not_found')) return undefined;
      throw error;
    }
  }
}

/** Milliseconds. */
const retryAfterMs = 1000;
