import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { brokerClosed } from '../../../support/time/wait-limit.ts';

/**
 * Tracks running calls that put jobs in the queue, so that `close` can wait for them. A call that went on after the close would
 * commit to a closed store, and its caller would get no answer.
 */
export class InFlight {
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  #closed = false;

  /**
   * `call` gets a signal. It is aborted with the caller's own signal, or when `close` stops waiting.
   * @throws CabError canceled, after `close` was called
   */
  async during<T>(call: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#closed) throw brokerClosed();
    const underWay = signal === undefined ? call(this.#closing.signal) : this.#either(call, signal);
    this.#underWay.add(underWay);
    try {
      return await underWay;
    } finally {
      this.#underWay.delete(underWay);
    }
  }

  /**
   * Resolves when all running calls have ended, with or without an error. A call that takes longer than `graceMs`, for example
   * to hash, is aborted.
   */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    const all = Promise.allSettled(this.#underWay);
    const over = new AbortController();
    const grace = delay(graceMs, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([all, grace]);
    over.abort();
    this.#closing.abort(brokerClosed());
    await all;
  }

  /** Removes its listeners from both signals: both may outlive many calls. */
  async #either<T>(call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    // There are as many listeners as running calls, which is no leak.
    setMaxListeners(0, signal, this.#closing.signal);
    const controller = new AbortController();
    const closing = this.#closing.signal;
    const end = (): void => controller.abort(signal.aborted ? signal.reason : closing.reason);
    for (const either of [signal, closing]) either.addEventListener('abort', end);
    try {
      return await call(controller.signal);
    } finally {
      for (const either of [signal, closing]) either.removeEventListener('abort', end);
    }
  }
}
