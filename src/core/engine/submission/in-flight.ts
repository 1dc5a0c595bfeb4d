import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { brokerClosed } from '../../../support/wait-limit.ts';

/**
 * Calls that put jobs in the queue, so that a close can wait for those under way. One that went on after it would
 * commit to a store that was closed, and leave its caller without a word.
 */
export class InFlight {
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  #closed = false;

  /**
   * `call` gets a signal that is aborted with the caller's own, and when a close waits for it no longer.
   * @throws CabError canceled, once `close` was called
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

  /** Resolves once those that were begun have ended, however they did. What takes longer than `graceMs`, to hash say, is ended. */
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

  /** Leaves nothing on either signal: both may outlive many calls. */
  async #either<T>(call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    // As many as there are calls at once, which is no leak.
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
