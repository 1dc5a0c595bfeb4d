import { availableParallelism } from 'node:os';

/**
 * Limits how many calls run at once: at first one for each processor, and more if calls wait for long. A worker
 * costs tens of milliseconds and megabytes, so a call that waits no longer than a start takes does not need its
 * own. Each time the number doubles, and it does not fall again: sixteen calls that take minutes run side by
 * side within four waits.
 */
export class CallLimit {
  #open = availableParallelism();
  #taken = 0;
  #openedAt = 0;
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  /**
   * Resolves when the caller has a place, which it gives back by `leave`. Callers get places in the
   * order of their calls.
   */
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

/** Milliseconds. A thread takes about this long to start. */
const patienceMs = 50;
