/**
 * A merge sort of record offsets. It allocates outside the heap, and only if there are more records than ever before: a text
 * may hold a million small objects, or one object of a million members.
 */
export class StableSorter {
  /** Small enough that the engine keeps it on its heap. So few records need no merging. */
  #items = new Uint32Array(runLength);
  #spare = new Uint32Array(0);

  /** Sorts the offsets `from`, `from + step`, … before `to`. The result is valid until the next call. */
  sort(
    from: number,
    to: number,
    step: number,
    compare: (a: number, b: number) => number,
  ): Uint32Array {
    const count = (to - from) / step;
    this.#reserve(count);
    for (let i = 0; i < count; i++) this.#items[i] = from + i * step;
    for (let run = 0; run < count; run += runLength)
      insertionSort(this.#items, run, Math.min(run + runLength, count), compare);
    for (let width = runLength; width < count; width *= 2) {
      for (let left = 0; left < count; left += 2 * width) {
        const middle = Math.min(left + width, count);
        const right = Math.min(left + 2 * width, count);
        merge(this.#items, left, middle, right, this.#spare, compare);
      }
      [this.#items, this.#spare] = [this.#spare, this.#items];
    }
    return this.#items.subarray(0, count);
  }

  #reserve(count: number): void {
    if (count <= this.#items.length) return;
    this.#items = new Uint32Array(count * 2);
    this.#spare = new Uint32Array(count * 2);
  }
}

/** Below this, insertion is faster than merging. */
const runLength = 12;

function insertionSort(
  items: Uint32Array,
  from: number,
  to: number,
  compare: (a: number, b: number) => number,
): void {
  for (let next = from + 1; next < to; next++) {
    const item = items[next] ?? 0;
    let at = next;
    for (; at > from; at--) {
      const before = items[at - 1] ?? 0;
      if (compare(before, item) <= 0) break;
      items[at] = before;
    }
    items[at] = item;
  }
}

/** Merges [left, middle) and [middle, right) of `items` into the same place of `target`. */
function merge(
  items: Uint32Array,
  left: number,
  middle: number,
  right: number,
  target: Uint32Array,
  compare: (a: number, b: number) => number,
): void {
  let a = left;
  let b = middle;
  for (let at = left; at < right; at++) {
    const takeLeft = a < middle && (b >= right || compare(items[a] ?? 0, items[b] ?? 0) <= 0);
    target[at] = items[takeLeft ? a++ : b++] ?? 0;
  }
}
