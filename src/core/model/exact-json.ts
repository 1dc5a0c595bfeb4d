import { randomUUID } from 'node:crypto';

/**
 * `JSON.parse` and `JSON.stringify` for values that take part in a key. A JavaScript number holds integers exactly up
 * to 2^53 only: 9007199254740993 would be read as the integer before it, and two pieces of work would share a key.
 * Here an integer that a number cannot write back digit for digit is a `bigint`.
 *
 * No library: those of the field lose a member named `__proto__`, and are slower where no such integer occurs, which
 * is nearly always.
 */
export function parseExact(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return longInteger.test(text) ? JSON.parse(marked(text), restored) : value;
}

/** @param space as for `JSON.stringify` */
export function exactText(value: unknown, space?: number): string {
  try {
    return JSON.stringify(value, null, space);
  } catch (error) {
    // JSON.stringify takes no bigint. Whatever else it refuses, it refuses again.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, marking, space).replace(markedInteger, '$1');
  }
}

/** May also be found within a string. Digits that follow a colon there are mostly time stamps, which another colon ends. */
const longInteger = /(?:^|[[:,\s-])\d{16,}(?=[\s,}\]]|$)/;

/** Nobody can know it, so no string of a user's begins with it. */
const mark = `${randomUUID()}:`;
const markedInteger = new RegExp(`"${mark}(-?\\d+)"`, 'g');

/** A string, or a number. */
const token = /"(?:[^"\\]+|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

const marked = (text: string): string =>
  text.replace(token, (found) => (isLost(found) ? `"${mark}${found}"` : found));

const isLost = (found: string): boolean =>
  /^-?\d{16,}$/.test(found) && JSON.stringify(Number(found)) !== found;

const restored = (_key: string, value: unknown): unknown =>
  typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value;

const marking = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? `${mark}${value}` : value;
