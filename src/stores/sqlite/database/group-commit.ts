/**
 * Group commit: writes that are requested in consecutive turns of the event loop share one transaction, and so wait
 * for the disk once. The transaction begins when a turn brings no further write. Suppose it began at once:
 *
 *   1. The commit holds the thread. Writes that arrive meanwhile wait for a commit of their own.
 *   2. Callers ask again after their answers. They stay split into two groups, and each group waits for the
 *      other's commit.
 *
 * Each write gets its own outcome. If one throws, the group is rolled back, and each write runs again
 * in a transaction of its own. If another process holds the file, all fail at once, because each would
 * only wait as long again.
 */
import { isCabError } from '../../../core/model/errors.ts';

interface Waiting {
  readonly work: () => void;
  /** Whether it is on disk before its caller gets the answer. */
  readonly isDurable: boolean;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Runs all of `work` or nothing. May call it again while another process holds the file. */
export type Transaction = (work: () => void, isDurable: boolean) => Promise<void>;

/** The most writes in one transaction. It limits how long the write lock is held. */
const largestGroup = 500;

/** Milliseconds. The first write waits no longer than this for others, because turns may bring more without end. */
const longestGathering = 10;

/** How a write is committed. */
export interface CommitOptions {
  /** Whether it is on disk before its caller gets the answer. */
  readonly isDurable: boolean;
  /** Milliseconds that it may wait for others to join. */
  readonly patienceMs: number;
}

export class GroupCommit {
  readonly #transaction: Transaction;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires, by `performance.now()`. */
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

  /** Resolves when no write is waiting. */
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
