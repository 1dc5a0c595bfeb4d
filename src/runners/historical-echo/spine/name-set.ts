import { randomInt } from 'node:crypto';
import { Growing, WordList } from './growing.ts';

/**
 * A set of texts as UTF-8. A `Set` of a million strings would keep a million objects, each of which has to be made and
 * hashed.
 */
export class NameSet {
  readonly #names = new WordList();
  readonly #hashes = new Growing((length) => new Int32Array(length));
  /** The place of a name plus one, at the slot of its hash or the next free one; 0 if the slot is free. */
  #slots = new Uint32Array(1 << 10);
  /** Makes it hard to write a spine whose names all share a slot. */
  readonly #seed = randomInt(2 ** 32);

  get size(): number {
    return this.#hashes.length;
  }

  /** False if the name is in the set already. */
  add(bytes: Uint8Array, from: number, to: number): boolean {
    const hash = this.#hashOf(bytes, from, to);
    const last = this.#slots.length - 1;
    let slot = hash & last;
    for (;;) {
      const place = this.#slots[slot] ?? 0;
      if (place === 0) break;
      if (this.#hashes.at(place - 1) === hash && this.#names.equals(place - 1, bytes, from, to))
        return false;
      slot = (slot + 1) & last;
    }
    this.#names.push(bytes, from, to);
    this.#hashes.push(hash);
    this.#slots[slot] = this.size;
    if (this.size * 2 > this.#slots.length) this.#grow();
    return true;
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 4);
    const last = slots.length - 1;
    for (let place = 0; place < this.size; place += 1) {
      let slot = this.#hashes.at(place) & last;
      while (slots[slot] !== 0) slot = (slot + 1) & last;
      slots[slot] = place + 1;
    }
    this.#slots = slots;
  }

  /** FNV-1a from the seed, with its high bits mixed into the low ones, which choose the slot. */
  #hashOf(bytes: Uint8Array, from: number, to: number): number {
    let hash = this.#seed | 0;
    for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
    return hash ^ (hash >>> 15);
  }
}
