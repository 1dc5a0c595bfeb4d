/** Milliseconds that are counted together. */
const bucketMs = 5000;
/** Minutes. */
export const windows = [1, 5, 15] as const;
const kept = (Math.max(...windows) * 60_000) / bucketMs;

/** How many events of one kind happened in the last minutes. */
export class Rates {
  /** By number of the bucket, counted from the epoch. */
  readonly #buckets = new Map<number, number>();

  /** `at`, `now`: wall time in milliseconds. */
  add(at: number): void {
    const bucket = Math.floor(at / bucketMs);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    if (this.#buckets.size > kept + 1) this.#forget(bucket - kept);
  }

  /** Of the last so many minutes, to some seconds. */
  within(minutes: number, now: number): number {
    const first = Math.floor((now - minutes * 60_000) / bucketMs) + 1;
    let sum = 0;
    for (const [bucket, count] of this.#buckets) if (bucket >= first) sum += count;
    return sum;
  }

  #forget(before: number): void {
    for (const bucket of this.#buckets.keys()) if (bucket < before) this.#buckets.delete(bucket);
  }
}
