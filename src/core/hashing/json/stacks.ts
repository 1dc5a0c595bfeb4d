/** Bytes. The engine keeps arrays up to this size on its heap; a larger array needs its own allocation. */
const onHeap = 64;

/**
 * Stacks of small numbers. Large ones lie outside the heap of the engine: a hostile text of hundreds of megabytes of brackets
 * costs memory in proportion to itself, and gets an answer instead of killing the process.
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

/** Holds records of a few 32-bit numbers each, one after the other. Also read by index. */
export class Uint32Stack {
  #items = new Uint32Array(onHeap / 4);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Removes everything from `length` on. */
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
