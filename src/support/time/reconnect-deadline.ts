import { pause } from './pause.ts';

/**
 * Limits how long a broken connection may take to come back, counted from its last sign of life. If the address has never
 * answered, the error is thrown at once.
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

  /** Waits a little, longer each time. Throws `error` after the deadline, and the signal's reason if it is aborted. */
  async pause(error: unknown, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (performance.now() >= this.#until) throw error;
    await pause(Math.min(shortestPauseMs * 2 ** this.#pauses++, longestPauseMs), signal);
    signal?.throwIfAborted();
  }
}

const shortestPauseMs = 50;
const longestPauseMs = 1000;
