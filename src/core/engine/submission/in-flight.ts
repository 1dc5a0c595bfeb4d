import { setTimeout as delay } from 'node:timers/promises';
import { underEither } from '../../../support/time/either-signal.ts';
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

  async #either<T>(call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    return underEither([signal, this.#closing.signal], call);
  }
}
