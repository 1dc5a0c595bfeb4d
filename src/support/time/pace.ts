import { setTimeout as delay } from 'node:timers/promises';

/** How long work runs at a time, and how long it rests afterwards, in milliseconds. */
export interface Rhythm {
  readonly work: number;
  readonly rest: number;
}

/** Alone in its process: only Ctrl-C and the terminal need a turn. */
export const alone: Rhythm = { work: 40, rest: 0 };

/** Beside a server in one event loop: a request waits for some milliseconds at most. */
export const beside: Rhythm = { work: 4, rest: 4 };

/** Interrupts long synchronous work, so that it blocks nothing and can be aborted. */
export class Pace {
  readonly #rhythm: Rhythm;
  readonly #signal: AbortSignal | undefined;
  #since = performance.now();

  constructor(rhythm: Rhythm, signal: AbortSignal | undefined) {
    this.#rhythm = rhythm;
    this.#signal = signal;
  }

  get isDue(): boolean {
    return performance.now() - this.#since > this.#rhythm.work;
  }

  throwIfAborted(): void {
    this.#signal?.throwIfAborted();
  }

  /** Rests at least `ms`, and at least the rhythm's own rest. Throws the signal's reason. */
  async rest(ms = 0): Promise<void> {
    await delay(Math.max(ms, this.#rhythm.rest));
    this.#signal?.throwIfAborted();
    this.#since = performance.now();
  }

  /** Passes on each portion, with rests in between. */
  async each<T>(portions: AsyncIterable<T>, take: (portion: T) => unknown): Promise<void> {
    for await (const portion of portions) {
      await take(portion);
      if (this.isDue) await this.rest();
    }
  }
}
