export interface BoundedCacheOptions<V> {
  /** Bytes, of all values together. */
  readonly capacity: number;
  /** Bytes that a value keeps in memory, with its name: rather too many than too few. */
  readonly weigh: (value: V, name: string) => number;
}

interface Kept<V> {
  readonly value: V;
  readonly weight: number;
  isUsed: boolean;
}

/**
 * Values by name, bounded by the bytes that they take: a bound on their number would be none, for some are a thousand
 * times as large as others. The oldest goes first, unless it was used since it was last considered.
 */
export class BoundedCache<V> {
  readonly #kept = new Map<string, Kept<V>>();
  readonly #options: BoundedCacheOptions<V>;
  #size = 0;

  constructor(options: BoundedCacheOptions<V>) {
    this.#options = options;
  }

  /** Bytes, at most the capacity. */
  get size(): number {
    return this.#size;
  }

  get(name: string): V | undefined {
    const kept = this.#kept.get(name);
    if (kept === undefined) return undefined;
    kept.isUsed = true;
    return kept.value;
  }

  /** Keeps nothing of a value that alone is larger than all may be. */
  set(name: string, value: V): void {
    this.delete(name);
    const weight = this.#options.weigh(value, name);
    if (weight > this.#options.capacity) return;
    this.#add(name, { value, weight, isUsed: false });
    for (const [oldest, kept] of this.#kept) {
      if (this.#size <= this.#options.capacity) return;
      this.delete(oldest);
      // It moves to the end, and goes the next time unless it is used again.
      if (kept.isUsed) this.#add(oldest, { ...kept, isUsed: false });
    }
  }

  delete(name: string): void {
    this.#size -= this.#kept.get(name)?.weight ?? 0;
    this.#kept.delete(name);
  }

  #add(name: string, kept: Kept<V>): void {
    this.#kept.set(name, kept);
    this.#size += kept.weight;
  }
}
