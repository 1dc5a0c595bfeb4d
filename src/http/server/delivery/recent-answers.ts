import { BoundedCache } from '../../../support/bounded-cache.ts';

/** Answers that are kept. One takes some kilobytes, rarely a hundred. */
const mostKept = 16;

interface Recent<T> {
  readonly made: Promise<T>;
  readonly until: number;
}

/** An answer is kept at least so many times as long as it took to make: callers who ask again and again cost a fifth of a processor. */
const timesMade = 4;

/**
 * Shares answers that cost much: callers that ask at the same time, or soon after, get the same one. A failure goes to all who
 * wait for it, and is not kept.
 */
export class RecentAnswers<T> {
  readonly #keptMs: number;
  readonly #now: () => number;
  readonly #kept = new BoundedCache<Recent<T>>({ capacity: mostKept, weigh: () => 1 });

  /** `now`: monotonic, in milliseconds. */
  constructor(keptMs: number, now = () => performance.now()) {
    this.#keptMs = keptMs;
    this.#now = now;
  }

  /** `name`: all that the answer depends on. */
  get(name: string, make: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(name);
    if (known !== undefined && this.#now() < known.until) return known.made;
    const begun = this.#now();
    const made = make();
    this.#kept.set(name, { made, until: Infinity });
    made.then(
      () => {
        const ended = this.#now();
        const until = ended + Math.max(this.#keptMs, timesMade * (ended - begun));
        this.#kept.set(name, { made, until });
      },
      () => this.#kept.delete(name),
    );
    return made;
  }
}
