/**
 * What the figures need to know of jobs in any process, learned from the broker's events: which of them ended
 * since the start, and since when the oldest waits.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Broker } from '../core/broker.ts';
import { errnoOf, isCabError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { JobDocument } from '../core/model/job-document.ts';
import type { JobEvent } from '../core/model/job.ts';
import { beforeNewestJob } from '../core/recent-events.ts';

export class JobWatch {
  readonly #broker: Broker;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #since = new Date().toISOString();
  /** Wall time in milliseconds at which each waiting job was submitted. */
  readonly #pending = new Map<string, number>();
  /** Jobs that stopped waiting while the list of waiting jobs was being read. */
  #left: Set<string> | undefined = new Set();
  #seen = 0;
  #tell: (job: JobDocument) => void = () => undefined;
  #done: Promise<void> | undefined;

  constructor(broker: Broker, logger: Logger) {
    this.#broker = broker;
    this.#logger = logger;
  }

  onEnd(tell: (job: JobDocument) => void): void {
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
    let oldest = now;
    for (const submitted of this.#pending.values()) oldest = Math.min(oldest, submitted);
    return now - oldest;
  }

  /** A job store that cannot be read for a while costs figures, not the server. */
  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    let isBegun = false;
    while (!signal.aborted) {
      try {
        if (!isBegun) this.#seen = (await beforeNewestJob(this.#broker)) ?? 0;
        isBegun = true;
        await Promise.all([this.#readEvents(), this.#readPending()]);
      } catch (error) {
        this.#logger.warn({ err: error }, 'the figures cannot follow the jobs; trying again');
        await pause(signal);
      }
    }
  }

  async #readPending(): Promise<void> {
    for (let cursor: string | null | undefined = undefined; cursor !== null;) {
      const page = await this.#broker.jobs({
        status: 'pending',
        limit: 1000,
        ...(cursor !== undefined && { cursor }),
      });
      for (const { job_id, submitted_at } of page.jobs)
        if (this.#left?.has(job_id) !== true) this.#pending.set(job_id, Date.parse(submitted_at));
      cursor = page.next;
    }
    this.#left = undefined;
  }

  async #readEvents(): Promise<void> {
    for await (const event of this.#broker.events({
      after: this.#seen,
      signal: this.#stop.signal,
    })) {
      this.#seen = event.seq;
      await this.#take(event);
    }
  }

  async #take({ job_id, type, at }: JobEvent): Promise<void> {
    switch (type) {
      case 'submitted':
      case 'retrying':
        this.#pending.set(job_id, Date.parse(at));
        return;
      case 'started':
        this.#leave(job_id);
        return;
      case 'done':
      case 'failed':
      case 'canceled':
      case 'timeout':
        this.#leave(job_id);
        if (at >= this.#since) await this.#tellEnd(job_id);
        return;
      case 'stdout':
      case 'stderr':
      case 'progress':
        return;
      default:
        return type satisfies never;
    }
  }

  #leave(job_id: string): void {
    this.#pending.delete(job_id);
    this.#left?.add(job_id);
  }

  async #tellEnd(job_id: string): Promise<void> {
    try {
      this.#tell(await this.#broker.job(job_id));
    } catch (error) {
      // Trimmed from the history in the meantime.
      if (!isCabError(error, 'not_found')) throw error;
    }
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await delay(1000, undefined, { signal });
  } catch (error) {
    if (errnoOf(error) !== 'ABORT_ERR') throw error;
  }
}
