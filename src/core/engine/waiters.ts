import type { Job } from '../model/job.ts';
import { isEnded } from '../model/job.ts';
import type { JobStore } from '../queue/job-store.ts';

const ending: ReadonlySet<string> = new Set(['done', 'failed', 'canceled', 'timeout']);
const batch = 1000;

/**
 * Those who wait for jobs to end, in whichever process they run. Reads the new events once for all of them,
 * so that a thousand waiters cost no more than one.
 */
export class Waiters {
  readonly #store: JobStore;
  readonly #waiting = new Map<string, Set<() => void>>();
  #seen = 0;
  #reading = false;
  #changed = false;
  #subscribed: Promise<void> | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(store: JobStore) {
    this.#store = store;
  }

  /** The job once it has ended; undefined where there is none, or `signal` was aborted first. */
  async wait(id: string, signal: AbortSignal | undefined): Promise<Job | undefined> {
    while (signal?.aborted !== true) {
      const ended = await this.#next(id, signal);
      const job = await this.#store.get(id);
      if (job === undefined || isEnded(job)) {
        ended.leave();
        return job;
      }
      await ended.told;
      ended.leave();
    }
    return undefined;
  }

  /** Told of the next end that is seen from now on: the caller looks at the job after this, so that none slips between. */
  async #next(
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<{ told: Promise<void>; leave: () => void }> {
    let tell = (): void => undefined;
    const told = new Promise<void>((resolve) => (tell = resolve));
    const tellers = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, tellers.add(tell));
    signal?.addEventListener('abort', tell, { once: true });
    await (this.#subscribed ??= this.#subscribe());
    const leave = (): void => {
      signal?.removeEventListener('abort', tell);
      tellers.delete(tell);
      if (tellers.size === 0) this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.close();
    };
    return { told, leave };
  }

  close(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#subscribed = undefined;
  }

  async #subscribe(): Promise<void> {
    this.#unsubscribe = this.#store.onChange(() => void this.#read());
    this.#seen = await this.#store.lastEvent();
  }

  /** One reading at a time; a change that comes meanwhile is looked for before it ends. */
  async #read(): Promise<void> {
    this.#changed = true;
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#changed) {
        this.#changed = false;
        await this.#readNew();
      }
    } catch {
      // A store that cannot be read fails each waiter where it looks at its job, not here where nobody listens.
      for (const tellers of this.#waiting.values()) for (const tell of tellers) tell();
    } finally {
      this.#reading = false;
    }
  }

  async #readNew(): Promise<void> {
    const events = await this.#store.events(this.#seen, batch);
    for (const { seq, job_id, type } of events) {
      this.#seen = seq;
      if (ending.has(type)) for (const tell of this.#waiting.get(job_id) ?? []) tell();
    }
    if (events.length === batch) this.#changed = true;
  }
}
