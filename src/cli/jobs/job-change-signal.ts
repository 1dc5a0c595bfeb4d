import type { Broker } from '../../core/engine/broker.ts';
import { CabError } from '../../core/model/errors.ts';
import { beforeNewestJob } from '../../core/engine/broker.ts';
import { pause } from '../../support/time/pause.ts';

/** Where events cannot be had, for there is no job yet or too many follow them already, one looks as often as this. */
const lookEveryMs = 500;

/** Tells that something has happened to a job, or to any: by the broker's events, which a daemon's restart does not end. */
export class News {
  readonly #broker: Broker;
  readonly #job: string | undefined;
  readonly #stop = new AbortController();
  #isThere = false;
  #tell: () => void = () => undefined;
  readonly #done: Promise<void>;

  constructor(broker: Broker, job: string | undefined) {
    this.#broker = broker;
    this.#job = job;
    this.#done = this.#follow();
  }

  /** Resolves once something has happened since it last did, after so many milliseconds at the latest. */
  async next(atMostMs: number): Promise<void> {
    const told = new Promise<void>((resolve) => (this.#tell = resolve));
    const timer = setTimeout(this.#tell, atMostMs);
    if (!this.#isThere) await told;
    clearTimeout(timer);
    this.#isThere = false;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#read(signal);
        await pause(lookEveryMs, signal);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        // A waiting caller asks the broker itself, and gets the error.
        if (!(error instanceof CabError)) throw error;
        await pause(lookEveryMs, signal);
      }
      this.#arrive();
    }
  }

  /** Until the job has ended, or for as long as there is a broker. */
  async #read(signal: AbortSignal): Promise<void> {
    const job_id = this.#job;
    const after = job_id === undefined ? await beforeNewestJob(this.#broker) : 0;
    if (after === undefined) return;
    const named = job_id === undefined ? {} : { job_id };
    for await (const { seq } of this.#broker.events({ after, signal, ...named }))
      if (seq > after) this.#arrive();
  }

  #arrive(): void {
    this.#isThere = true;
    this.#tell();
  }
}
