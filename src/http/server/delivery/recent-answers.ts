import { BoundedCache } from '../../../support/bounded-cache.ts';

/** Answers that are kept. One takes some kilobytes, rarely a hundred. */
const mostKept = 16;

interface Recent<T> {
  readonly made: Promise<T>;
  readonly until: number;
}

/**
 * Shares answers that cost much: callers that ask at the same time, or soon after, get the same one. A failure goes to all who
 * wait for it, and is not kept.
 */
export class RecentAnswers<T> {
  readonly #keptMs: number;
  readonly #kept = new BoundedCache<Recent<T>>({ capacity: mostKept, weigh: () => 1 });

  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  /** `name`: all that the answer depends on. */
  get(name: string, make: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(name);
    if (known !== undefined && performance.now() < known.until) return known.made;
    const made = make();
    this.#kept.set(name, { made, until: Infinity });
    made.then(
      () => this.#kept.set(name, { made, until: performance.now() + this.#keptMs }),
      () => this.#kept.delete(name),
    );
    return made;
  }
}
