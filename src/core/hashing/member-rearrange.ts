import { byte, byteAt } from './json-bytes.ts';
import { field, memberSize, objectSize, type MemberOrder } from './member-order.ts';
import { Uint32Stack } from './stacks.ts';

/** Copies a text with the members of its objects in the order that was found, each byte once. */
export function rearranged(source: Buffer, order: MemberOrder): Buffer {
  const { objects, members } = order;
  const target = new Target(source);
  /** Of each object out of order that is being written: its index, its current member, where the range around it ends. */
  const open = new Uint32Stack();
  let from = 0;
  let to = source.length;
  let next = 0;

  const enterMember = (member: number): void => {
    from = members.at(member);
    to = members.at(member + 1);
    next = members.at(member + 2);
  };

  for (;;) {
    while (isWithin(order, next, to) && objects.at(next + field.count) === 0) next += objectSize;
    if (isWithin(order, next, to)) {
      target.copy(from, objects.at(next + field.start) + 1);
      const first = objects.at(next + field.first);
      open.push(next);
      open.push(first);
      open.push(to);
      enterMember(first);
      continue;
    }
    target.copy(from, to);
    if (open.length === 0) return target.written;

    const object = open.at(open.length - 3);
    const member = open.at(open.length - 2) + memberSize;
    const last = objects.at(object + field.first) + objects.at(object + field.count) * memberSize;
    if (member < last) {
      target.comma();
      open.set(open.length - 2, member);
      enterMember(member);
    } else {
      from = objects.at(object + field.end);
      to = open.at(open.length - 1);
      next = objects.at(object + field.after);
      open.truncate(open.length - 3);
    }
  }
}

const isWithin = ({ objects }: MemberOrder, object: number, to: number): boolean =>
  object < objects.length && objects.at(object + field.start) < to;

class Target {
  readonly #source: Buffer;
  readonly #bytes: Buffer;
  #length = 0;

  constructor(source: Buffer) {
    this.#source = source;
    this.#bytes = Buffer.allocUnsafe(source.length);
  }

  copy(from: number, to: number): void {
    if (to - from > 64) this.#source.copy(this.#bytes, this.#length, from, to);
    else
      for (let i = 0; i < to - from; i++)
        this.#bytes[this.#length + i] = byteAt(this.#source, from + i);
    this.#length += to - from;
  }

  comma(): void {
    this.#bytes[this.#length++] = byte.comma;
  }

  /** Shorter than the source where keys were repeated. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
