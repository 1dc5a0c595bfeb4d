export interface BoundedCacheOptions<V> {
  /** Bytes of all values together. */
  readonly capacity: number;
  /** Bytes that a value occupies in memory, with its name. Too many is better than too few. */
  readonly weigh: (value: V, name: string) => number;
}

interface Kept<V> {
  readonly value: V;
  readonly weight: number;
  isUsed: boolean;
}

/**
 * Keeps values by name, up to a number of bytes. A limit on their number would not bound the memory, because some values are a
 * thousand times larger than others. The oldest value is dropped first, unless it was used since the last check.
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

  /** Does not keep a value that alone is larger than the capacity. */
  set(name: string, value: V): void {
    this.delete(name);
    const weight = this.#options.weigh(value, name);
    if (weight > this.#options.capacity) return;
    this.#add(name, { value, weight, isUsed: false });
    for (const [oldest, kept] of this.#kept) {
      if (this.#size <= this.#options.capacity) return;
      this.delete(oldest);
      // A used value moves to the end. It is dropped the next time, unless it is used again.
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
