import { brokerClosed } from '../wait-timeout.ts';

/**
 * Calls that put jobs in the queue, so that a close can wait for those under way. One that went on after it would
 * commit to a store that was closed, and leave its caller without a word.
 */
export class Calls {
  readonly #underWay = new Set<Promise<unknown>>();
  #closed = false;

  /** @throws CabError canceled, once `close` was called */
  async during<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closed) throw brokerClosed();
    const underWay = call();
    this.#underWay.add(underWay);
    try {
      return await underWay;
    } finally {
      this.#underWay.delete(underWay);
    }
  }

  /** Resolves once those that were begun have ended, however they did. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#underWay);
  }
}
