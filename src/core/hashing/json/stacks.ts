/** Bytes: the engine keeps arrays of so many with its objects, and larger ones cost an allocation each. */
const onHeap = 64;

/**
 * Stacks of small numbers that lie, once they grow, outside the heap of the engine: a hostile text of hundreds of megabytes,
 * all brackets, costs memory in proportion to itself and ends in an answer, not in the death of the process.
 */
export class ByteStack {
  #items = new Uint8Array(onHeap);
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  get top(): number {
    return this.#items[this.#length - 1] ?? 0;
  }

  push(item: number): void {
    if (this.#length === this.#items.length) this.#items = grown(this.#items, Uint8Array);
    this.#items[this.#length++] = item;
  }

  pop(): void {
    this.#length -= 1;
  }
}

/** Holds records of a few 32-bit numbers each, one behind the other; also read by index. */
export class Uint32Stack {
  #items = new Uint32Array(onHeap / 4);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Cuts off all from `length` on. */
  truncate(length: number): void {
    this.#length = length;
  }

  at(index: number): number {
    return this.#items[index] ?? 0;
  }

  set(index: number, item: number): void {
    this.#items[index] = item;
  }

  push(item: number): void {
    if (this.#length === this.#items.length) this.#items = grown(this.#items, Uint32Array);
    this.#items[this.#length++] = item;
  }
}

function grown<T extends Uint8Array | Uint32Array>(items: T, make: new (length: number) => T): T {
  const larger = new make(items.length * 2);
  larger.set(items);
  return larger;
}
