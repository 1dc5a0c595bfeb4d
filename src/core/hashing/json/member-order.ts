import { compareKeys } from './key-order.ts';
import { StableSorter } from './stable-sorter.ts';
import { Uint32Stack } from './stacks.ts';

/**
 * Notes, while a text is written, which of its objects have members out of order or repeated keys, and the right order of their
 * members. All offsets are into the written text.
 *
 * It keeps flat records of 32-bit numbers:
 *
 * - `objects`, in the order of their starts: start, end (the offset of `}`), after (the index after the
 *   last object inside), first and count of its members in `members`; count is 0 if it is in order.
 *   An object that is in order, with only such objects inside, has no record.
 * - `members` of the objects out of order, sorted, repeated keys resolved: start, end, and the index of the
 *   first object from the start on.
 */
export class MemberOrder {
  readonly objects = new Uint32Stack();
  readonly members = new Uint32Stack();
  /** For each open object: its index in `objects`, and the start of its members in `#openMembers`. */
  readonly #open = new Uint32Stack();
  /** For each member of all open objects so far: the start and end of its key, and its first object. */
  readonly #openMembers = new Uint32Stack();
  readonly #sorter = new StableSorter();

  get isInOrder(): boolean {
    return this.objects.length === 0;
  }

  open(start: number): void {
    this.#open.push(this.objects.length);
    this.#open.push(this.#openMembers.length);
    this.objects.push(start);
    for (let field = 1; field < objectSize; field++) this.objects.push(0);
  }

  /** A key of the innermost open object was written to [start, end), quotes included. */
  member(output: Buffer, start: number, end: number): void {
    const members = this.#openMembers;
    const last = members.length - memberSize;
    if (last >= this.#open.at(this.#open.length - 1)) {
      const order = compareKeys(output, members.at(last), members.at(last + 1), start, end);
      if (order >= 0) this.objects.set(this.#open.at(this.#open.length - 2) + field.count, 1);
    }
    members.push(start);
    members.push(end);
    members.push(this.objects.length);
  }

  close(output: Buffer, end: number): void {
    const object = this.#open.at(this.#open.length - 2);
    const first = this.#open.at(this.#open.length - 1);
    if (this.objects.at(object + field.count) !== 0) this.#keepSorted(output, object, first, end);
    else if (this.objects.length === object + objectSize) this.objects.truncate(object);
    this.#open.truncate(this.#open.length - 2);
    this.#openMembers.truncate(first);
  }

  #keepSorted(output: Buffer, object: number, first: number, end: number): void {
    const { objects, members } = this;
    const open = this.#openMembers;
    const compare = (a: number, b: number): number =>
      compareKeys(output, open.at(a), open.at(a + 1), open.at(b), open.at(b + 1));
    const sorted = this.#sorter.sort(first, open.length, memberSize, compare);

    const firstKept = members.length;
    for (let i = 0; i < sorted.length; i++) {
      const member = sorted[i] ?? 0;
      const following = sorted[i + 1];
      if (following !== undefined && compare(member, following) === 0) continue;
      const behind = member + memberSize;
      members.push(open.at(member));
      members.push(behind < open.length ? open.at(behind) - 1 : end);
      members.push(open.at(member + 2));
    }
    objects.set(object + field.end, end);
    objects.set(object + field.after, objects.length);
    objects.set(object + field.first, firstKept);
    objects.set(object + field.count, (members.length - firstKept) / memberSize);
  }
}

/** Offsets within a record of `objects`; `start` is at 0. */
export const field = { start: 0, end: 1, after: 2, first: 3, count: 4 } as const;
export const objectSize = 5;
export const memberSize = 3;
