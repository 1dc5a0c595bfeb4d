/** Ids of rows, one bit each: a hundred thousand files take twelve kilobytes. */
export class FoundIds {
  #bits = new Uint8Array(1024);
  size = 0;

  add(id: number): void {
    const at = id >> 3;
    if (at >= this.#bits.length) this.#grow(at);
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (id & 7));
    this.size += 1;
  }

  has(id: number): boolean {
    return ((this.#bits[id >> 3] ?? 0) & (1 << (id & 7))) !== 0;
  }

  #grow(at: number): void {
    const larger = new Uint8Array(2 * at);
    larger.set(this.#bits);
    this.#bits = larger;
  }
}
