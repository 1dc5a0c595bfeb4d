import { pause } from './pause.ts';

/**
 * How long a connection that broke is given to come back, counted from its last sign of life. An address at which
 * nobody ever answered is told at once.
 */
export class ReconnectDeadline {
  readonly #limitMs: number;
  #until = 0;
  #pauses = 0;

  constructor(limitMs: number, hasAnswered = false) {
    this.#limitMs = limitMs;
    if (hasAnswered) this.renew();
  }

  renew(): void {
    this.#until = performance.now() + this.#limitMs;
    this.#pauses = 0;
  }

  /** Waits a little, longer each time. Throws `error` once the time is over, the signal's reason when it is aborted. */
  async pause(error: unknown, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (performance.now() >= this.#until) throw error;
    await pause(Math.min(shortestPauseMs * 2 ** this.#pauses++, longestPauseMs), signal);
    signal?.throwIfAborted();
  }
}

const shortestPauseMs = 50;
const longestPauseMs = 1000;
