import { availableParallelism } from 'node:os';

/**
 * How many calls may run at once: one for each processor at first, more where calls wait for long. A worker costs
 * tens of milliseconds and megabytes, so that a call which waits no longer than a start takes does not need one of
 * its own. The number doubles each time, and stays: sixteen calls that take minutes run side by side within four waits.
 */
export class CallLimit {
  #open = availableParallelism();
  #taken = 0;
  #openedAt = 0;
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** Resolves when a place is the caller's, who gives it back by `leave`. In the order of asking. */
  take(): Promise<void> {
    if (this.#taken < this.#open) {
      this.#taken += 1;
      return Promise.resolve();
    }
    return new Promise((enter) => {
      this.#waiting.push({ since: performance.now(), enter });
      if (this.#timer === undefined) this.#timer = setTimeout(this.#openMore, patienceMs);
    });
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next.enter();
  }

  readonly #openMore = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    if (this.#dueIn(now) <= 0) {
      this.#openedAt = now;
      for (const { enter } of this.#waiting.splice(0, this.#open)) {
        this.#open += 1;
        this.#taken += 1;
        enter();
      }
    }
    if (this.#waiting.length > 0) this.#timer = setTimeout(this.#openMore, this.#dueIn(now));
  };

  #dueIn(now: number): number {
    const since = this.#waiting[0]?.since ?? Infinity;
    return Math.max(since, this.#openedAt) + patienceMs - now;
  }
}

interface Waiting {
  readonly since: number;
  readonly enter: () => void;
}

/** About what the start of a thread takes. Milliseconds. */
const patienceMs = 50;
