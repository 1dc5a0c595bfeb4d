import { setTimeout as delay } from 'node:timers/promises';
import { isCabError, type CabError } from '../core/model/errors.ts';

/** Milliseconds. */
const shortest = 250;
const longest = 30_000;

/**
 * True for errors that pass without a change to the file: a full queue, an absent daemon, a full
 * disk, no free descriptor.
 */
export const mayPass = (error: unknown): error is CabError =>
  isCabError(error) && error.kind === 'unreachable';

/**
 * Delays all calls to a broker or store that has just refused one. The pause grows with each refusal,
 * up to half a minute.
 */
export class Backoff {
  readonly #signal: AbortSignal;
  readonly #onFirst: (error: CabError) => void;
  #failures = 0;
  #until = 0;

  /** `onFirst` is called at the first refusal after a success. */
  constructor(signal: AbortSignal, onFirst: (error: CabError) => void) {
    this.#signal = signal;
    this.#onFirst = onFirst;
  }

  /**
   * Repeats the action until it succeeds, or fails with another error. Throws the signal's reason once it is aborted.
   */
  async persist<T>(action: () => Promise<T>): Promise<T> {
    for (;;) {
      await this.#open();
      try {
        const result = await action();
        this.#failures = 0;
        return result;
      } catch (error) {
        if (!mayPass(error)) throw error;
        this.#refused(error);
      }
    }
  }

  async #open(): Promise<void> {
    for (;;) {
      this.#signal.throwIfAborted();
      const left = this.#until - performance.now();
      if (left <= 0) return;
      await delay(left, undefined, { signal: this.#signal });
    }
  }

  /** Calls that were in progress together are refused together, so they count as one refusal. */
  #refused(error: CabError): void {
    const now = performance.now();
    if (now < this.#until) return;
    if (this.#failures === 0) this.#onFirst(error);
    const pause = Math.min(longest, shortest * 2 ** this.#failures);
    this.#failures += 1;
    this.#until = now + pause * (0.75 + Math.random() / 2);
  }
}
