/**
 * Group commit: calls that come while a transaction runs share the next one, so a server far away takes as many as it takes few.
 * If a shared transaction fails, each call gets one of its own, and so its own failure.
 */
import { isCabError } from '../../core/model/errors.ts';

interface Waiting<In, Out> {
  readonly items: readonly In[];
  readonly resolve: (results: readonly Out[]) => void;
  readonly reject: (error: unknown) => void;
}

/** The most items of one transaction, unless one call brings more. */
const largestGroup = 500;

/** Transactions at a time: while one waits for the disk, the next one is made ready. */
const width = 2;

export class Gathered<In, Out> {
  readonly #commit: (items: readonly In[]) => Promise<readonly Out[]>;
  #waiting: Waiting<In, Out>[] = [];
  #running = 0;
  #isDue = false;

  /** @param commit gives as many results as it gets items */
  constructor(commit: (items: readonly In[]) => Promise<readonly Out[]>) {
    this.#commit = commit;
  }

  add(items: readonly In[]): Promise<readonly Out[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, resolve, reject });
      this.#begin();
    });
  }

  /** After this turn of the event loop, whose other calls share the transaction. */
  #begin(): void {
    if (this.#isDue || this.#running >= width) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      if (this.#waiting.length > 0) void this.#run(this.#next());
    });
  }

  #next(): readonly Waiting<In, Out>[] {
    let size = 0;
    const end = this.#waiting.findIndex(({ items }) => (size += items.length) > largestGroup);
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(1, end));
  }

  async #run(group: readonly Waiting<In, Out>[]): Promise<void> {
    this.#running += 1;
    await this.#settle(group);
    this.#running -= 1;
    if (this.#waiting.length > 0) this.#begin();
  }

  async #settle(group: readonly Waiting<In, Out>[]): Promise<void> {
    try {
      const results = await this.#commit(group.flatMap(({ items }) => items));
      let from = 0;
      for (const { items, resolve } of group) resolve(results.slice(from, (from += items.length)));
    } catch (error) {
      const isForAll = isCabError(error, 'queue_unreachable', 'queue_refused');
      if (group.length === 1 || isForAll) for (const { reject } of group) reject(error);
      else for (const one of group) await this.#settle([one]);
    }
  }
}
