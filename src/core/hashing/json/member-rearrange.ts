import { byte, byteAt } from './json-bytes.ts';
import { field, memberSize, objectSize, type MemberOrder } from './member-order.ts';
import { Uint32Stack } from './stacks.ts';

/** Copies a text with the members of its objects in the right order, each byte once. */
export function rearranged(source: Buffer, order: MemberOrder): Buffer {
  return new Rearrangement(source, order).run();
}

class Rearrangement {
  readonly #source: Buffer;
  readonly #order: MemberOrder;
  readonly #target: Buffer;
  #length = 0;

  /** The rest of the current text or member that is still to be copied, and the first object that may lie in it. */
  #from = 0;
  #to: number;
  #object = 0;
  /** For each open object out of order: its index, its current member, the end of the range around it. */
  readonly #open = new Uint32Stack();

  constructor(source: Buffer, order: MemberOrder) {
    this.#source = source;
    this.#order = order;
    this.#target = Buffer.allocUnsafe(source.length);
    this.#to = source.length;
  }

  run(): Buffer {
    do {
      while (this.#findObject()) this.#enterObject();
      this.#copyTo(this.#to);
    } while (this.#goOn());
    // Shorter than the source if keys were repeated.
    return this.#target.subarray(0, this.#length);
  }

  /** Goes to the next object out of order in the current range. False if there is none. */
  #findObject(): boolean {
    const { objects } = this.#order;
    for (; this.#object < objects.length; this.#object += objectSize) {
      if (objects.at(this.#object + field.start) >= this.#to) return false;
      if (objects.at(this.#object + field.count) > 0) return true;
    }
    return false;
  }

  #enterObject(): void {
    const { objects } = this.#order;
    const object = this.#object;
    this.#copyTo(objects.at(object + field.start) + 1);
    const first = objects.at(object + field.first);
    this.#open.push(object);
    this.#open.push(first);
    this.#open.push(this.#to);
    this.#enterMember(first);
  }

  #enterMember(member: number): void {
    const { members } = this.#order;
    this.#from = members.at(member);
    this.#to = members.at(member + 1);
    this.#object = members.at(member + 2);
  }

  /** After a range: goes on to the next member, or to what follows the object. False at the end of the text. */
  #goOn(): boolean {
    const { objects } = this.#order;
    const open = this.#open;
    if (open.length === 0) return false;
    const object = open.at(open.length - 3);
    const member = open.at(open.length - 2) + memberSize;
    const count = objects.at(object + field.count);
    if (member < objects.at(object + field.first) + count * memberSize) {
      this.#target[this.#length++] = byte.comma;
      open.set(open.length - 2, member);
      this.#enterMember(member);
    } else {
      this.#from = objects.at(object + field.end);
      this.#to = open.at(open.length - 1);
      this.#object = objects.at(object + field.after);
      open.truncate(open.length - 3);
    }
    return true;
  }

  #copyTo(to: number): void {
    const size = to - this.#from;
    if (size > smallCopy) this.#source.copy(this.#target, this.#length, this.#from, to);
    else
      for (let i = 0; i < size; i++)
        this.#target[this.#length + i] = byteAt(this.#source, this.#from + i);
    this.#length += size;
    this.#from = to;
  }
}

/** Bytes; below this a loop is faster than a call. */
const smallCopy = 64;
