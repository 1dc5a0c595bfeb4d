/**
 * Lists that grow to millions while a spine is read. Each is one piece of memory, which JavaScript's
 * garbage collector skips.
 */

type Numbers = Float64Array | Int32Array | Uint8Array;

export class Growing<T extends Numbers> {
  #items: T;
  #length = 0;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#items = make(16);
  }

  push(value: number): void {
    if (this.#length === this.#items.length) {
      const grown = this.#make(this.#length * 2);
      grown.set(this.#items);
      this.#items = grown;
    }
    this.#items[this.#length] = value;
    this.#length += 1;
  }

  get length(): number {
    return this.#length;
  }

  /** 0 if there is no such item. */
  at(index: number): number {
    return this.#items[index] ?? 0;
  }

  /** Gives the items with their exact length. Nothing may be pushed afterwards. */
  finish(): T {
    const items = this.#make(this.#length);
    items.set(this.#items.subarray(0, this.#length));
    return items;
  }
}

/** Texts as UTF-8, one after the other, without lone surrogates. */
export class WordList {
  #bytes = Buffer.allocUnsafeSlow(64);
  readonly #ends = new Growing((length) => new Float64Array(length));

  static of(...words: readonly string[]): WordList {
    const list = new WordList();
    for (const word of words) list.push(word);
    return list;
  }

  push(word: string): void {
    const begin = this.#ends.at(this.#ends.length - 1);
    const most = begin + word.length * 3;
    if (most > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, most));
      grown.set(this.#bytes.subarray(0, begin));
      this.#bytes = grown;
    }
    this.#ends.push(begin + this.#bytes.write(word, begin));
  }

  /** Empty after the last text. */
  at(index: number): string {
    return this.#bytes.toString('utf8', this.#ends.at(index - 1), this.#ends.at(index));
  }

  /** Bytes. */
  size(index: number): number {
    return this.#ends.at(index) - this.#ends.at(index - 1);
  }

  copy(index: number, target: Uint8Array, place: number): void {
    this.#bytes.copy(target, place, this.#ends.at(index - 1), this.#ends.at(index));
  }

  *[Symbol.iterator](): Generator<string> {
    for (let index = 0; index < this.#ends.length; index += 1) yield this.at(index);
  }
}
