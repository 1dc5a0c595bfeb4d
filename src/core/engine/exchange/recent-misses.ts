import { BoundedCache } from '../../../support/bounded-cache.ts';

/**
 * Remembers for some seconds which keys no upstream has. A job asks when it is accepted and again when it is run, and many jobs
 * ask for the same key.
 */
export class RecentMisses {
  readonly #until = new BoundedCache<number>({
    capacity: 1 << 20,
    weigh: (_, name) => 2 * name.length + 64,
  });

  has(name: string): boolean {
    const until = this.#until.get(name);
    if (until === undefined) return false;
    if (performance.now() < until) return true;
    this.#until.delete(name);
    return false;
  }

  add(name: string, ms: number): void {
    this.#until.set(name, performance.now() + ms);
  }
}
