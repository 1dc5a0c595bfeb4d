/**
 * Lists that grow to millions while a spine is read. Each is one piece of memory, which JavaScript's
 * garbage collector skips.
 */

type Numbers = Float64Array | Int32Array | Uint32Array | Uint8Array;

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

/** Texts as UTF-8, one after the other; together less than 4 GiB. */
export class WordList {
  #bytes = Buffer.allocUnsafeSlow(64);
  readonly #ends = new Growing((length) => new Uint32Array(length));

  /** Adds the text that these bytes are. */
  push(bytes: Uint8Array, from: number, to: number): void {
    const begin = this.end(this.#ends.length - 1);
    const end = begin + to - from;
    if (end > this.#bytes.length) this.#grow(end);
    copyBytes(bytes, from, to, this.#bytes, begin);
    this.#ends.push(end);
  }

  #grow(least: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, least));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }

  /** Empty after the last text. */
  at(index: number): string {
    return this.#bytes.toString('utf8', this.end(index - 1), this.end(index));
  }

  /** Where a text ends in all bytes; 0 for the one before the first. */
  end(index: number): number {
    return this.#ends.at(index);
  }

  equals(index: number, bytes: Uint8Array, from: number, to: number): boolean {
    const begin = this.end(index - 1);
    if (this.end(index) - begin !== to - from) return false;
    for (let at = from; at < to; at += 1)
      if (this.#bytes[begin + at - from] !== bytes[at]) return false;
    return true;
  }

  /** Copies the texts from index `first` to before index `end`. */
  copy(first: number, end: number, target: Uint8Array, place: number): void {
    copyBytes(this.#bytes, this.end(first - 1), this.end(end - 1), target, place);
  }
}

/** Byte by byte, because names are short, and a call of `copy` or `set` takes as long as a hundred bytes. */
function copyBytes(
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  place: number,
): void {
  if (to - from > 100) target.set(source.subarray(from, to), place);
  else for (let at = from; at < to; at += 1) target[place + at - from] = source[at] ?? 0;
}
