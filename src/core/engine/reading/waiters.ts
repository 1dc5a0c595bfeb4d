import { heldAlive } from '../../../support/held-alive.ts';
import type { EndedJob } from '../../model/job/job.ts';
import { isEnded } from '../../model/job/job.ts';
import type { LazyJobStore } from '../../ports/jobs/lazy-job-store.ts';

const ending: ReadonlySet<string> = new Set(['done', 'failed', 'canceled', 'timeout']);
const batch = 1000;

/** Called when a job has ended, or with the reason why its end will not be seen. */
type Tell = (failure?: Error) => void;

/**
 * Lets callers wait until jobs end, whichever process runs them. It reads new events once for all waiters, so that a thousand
 * waiters cost no more than one.
 */
export class Waiters {
  readonly #stores: LazyJobStore;
  readonly #waiting = new Map<string, Set<Tell>>();
  #seen = 0;
  #reading = false;
  #changed = false;
  #subscribed: Promise<void> | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(stores: LazyJobStore) {
    this.#stores = stores;
  }

  /** The job after its end; undefined if there is none, or if `signal` aborts first. Rejects with the error given to `fail`. */
  async wait(id: string, signal: AbortSignal | undefined): Promise<EndedJob | undefined> {
    while (signal?.aborted !== true) {
      const ended = await this.#next(id, signal);
      try {
        const job = await (await this.#stores.made()).get(id);
        if (job === undefined || isEnded(job)) return job;
        const failure = await heldAlive(ended.told);
        if (failure !== undefined) return await this.#lastLook(id, failure);
      } finally {
        ended.leave();
      }
    }
    return undefined;
  }

  /** The job may have ended just when the failure came. */
  async #lastLook(id: string, failure: Error): Promise<EndedJob | undefined> {
    const job = await (await this.#stores.made()).get(id);
    if (job === undefined || isEnded(job)) return job;
    throw failure;
  }

  /** Fails all current waiters: their jobs will not end, or their end will not be seen. */
  fail(failure: Error): void {
    for (const tellers of this.#waiting.values()) for (const tell of tellers) tell(failure);
  }

  /** Registers for the next end that is seen. The caller reads the job after this, so that no end is missed in between. */
  async #next(
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<{ told: Promise<Error | undefined>; leave: () => void }> {
    let tell: Tell = () => undefined;
    const told = new Promise<Error | undefined>((resolve) => (tell = resolve));
    const tellers = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, tellers.add(tell));
    const aborted = (): void => tell();
    signal?.addEventListener('abort', aborted, { once: true });
    const leave = (): void => {
      signal?.removeEventListener('abort', aborted);
      tellers.delete(tell);
      if (tellers.size === 0) this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#rest();
    };
    try {
      await (this.#subscribed ??= this.#subscribe());
      return { told, leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  #rest(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#subscribed = undefined;
  }

  async #subscribe(): Promise<void> {
    const store = await this.#stores.made();
    this.#unsubscribe = store.onChange(() => void this.#read());
    this.#seen = await store.lastEvent();
  }

  /** Runs one read at a time. A change during a read starts another pass before it ends. */
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
      // If the store cannot be read, each waiter fails when it reads its job. Nobody would catch an error here.
      for (const tellers of this.#waiting.values()) for (const tell of tellers) tell();
    } finally {
      this.#reading = false;
    }
  }

  async #readNew(): Promise<void> {
    const events = await (await this.#stores.made()).events(this.#seen, batch);
    for (const { seq, job_id, type } of events) {
      this.#seen = seq;
      if (ending.has(type)) for (const tell of this.#waiting.get(job_id) ?? []) tell();
    }
    if (events.length === batch) this.#changed = true;
  }
}
