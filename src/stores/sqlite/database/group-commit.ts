/**
 * Group commit: the writes that are asked for in a row of turns of the event loop are one transaction, and so wait for
 * the disk once. A commit holds the thread: what came in while a turn was at work would wait for a commit of its own,
 * and callers who ask again once they are answered would fall apart into two groups that wait for each other for good.
 * So the transaction begins when a turn has brought nothing more. Each is told of its own outcome: where one of them
 * throws, nothing of the group is kept, and each is done again in a transaction of its own. Where another process holds
 * the file, that is nobody's own: all are told at once, for each would only wait as long again.
 */
import { isCabError } from '../../../core/model/errors.ts';

interface Waiting {
  readonly work: () => void;
  /** On disk before its caller is told. */
  readonly isDurable: boolean;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** All of `work` or nothing; may be called again while another process holds the file. */
export type Transaction = (work: () => void, isDurable: boolean) => Promise<void>;

/** The most in one transaction: bounds how long the writer lock is held. */
const largestGroup = 500;

/** Turns may bring more for ever; whoever came first waits no longer than this for others. Milliseconds. */
const longestGathering = 10;

/** How a write is committed. */
export interface CommitOptions {
  /** On disk before its caller is told. */
  readonly isDurable: boolean;
  /** How long it may wait for others to join, in milliseconds. */
  readonly patienceMs: number;
}

export class GroupCommit {
  readonly #transaction: Transaction;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When the timer goes off, by `performance.now()`. */
  #timerAt = Infinity;
  #committing: Promise<void> | undefined;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  add<T>(work: () => T, { isDurable, patienceMs }: CommitOptions): Promise<T> {
    return new Promise((resolve, failed) => {
      let result: { readonly value: T } | undefined;
      this.#waiting.push({
        work: () => (result = { value: work() }),
        isDurable,
        done: () => result && resolve(result.value),
        failed,
      });
      if (patienceMs === 0) this.#begin();
      else this.#beginWithin(patienceMs);
    });
  }

  /** Resolves once nothing waits any more. */
  async drained(): Promise<void> {
    if (this.#waiting.length > 0) this.#begin();
    while (this.#committing !== undefined) await this.#committing;
  }

  #beginWithin(ms: number): void {
    const at = performance.now() + ms;
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#begin(), ms);
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timerAt = Infinity;
    this.#committing ??= this.#commit();
  }

  async #commit(): Promise<void> {
    await this.#gather();
    while (this.#waiting.length > 0) await this.#commitGroup(this.#waiting.splice(0, largestGroup));
    this.#committing = undefined;
  }

  async #gather(): Promise<void> {
    const deadline = performance.now() + longestGathering;
    for (let before = 0; before < this.#waiting.length;) {
      before = this.#waiting.length;
      await new Promise((resolve) => setImmediate(resolve));
      if (before >= largestGroup || performance.now() > deadline) return;
    }
  }

  async #commitGroup(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#transaction(
        () => group.forEach(({ work }) => work()),
        group.some(({ isDurable }) => isDurable),
      );
    } catch (error) {
      if (group.length === 1 || isCabError(error, 'queue_busy'))
        for (const { failed } of group) failed(error);
      else for (const one of group) await this.#commitGroup([one]);
      return;
    }
    for (const { done } of group) done();
  }
}
