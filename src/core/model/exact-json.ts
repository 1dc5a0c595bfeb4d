import { randomUUID } from 'node:crypto';

/**
 * `JSON.parse` and `JSON.stringify` for values that are part of a key. A JavaScript number holds integers exactly only up to
 * 2^53: 9007199254740993 would be read as the integer before it, and two different jobs would share a key. So an integer that a
 * number cannot reproduce digit for digit becomes a `bigint`.
 *
 * No library is used: those of the field lose a member named `__proto__`. They are also slower in the usual case without such
 * integers.
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
    // JSON.stringify refuses a bigint. If it refused something else, it refuses that again here.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, marking, space).replace(markedInteger, '$1');
  }
}

/** May also match inside a string. Digits after a colon there are mostly time stamps, which continue with another colon. */
const longInteger = /(?:^|[[:,\s-])\d{16,}(?=[\s,}\]]|$)/;

/** Random, so that no string of a user begins with it. */
const mark = `${randomUUID()}:`;
const markedInteger = new RegExp(`"${mark}(-?\\d+)"`, 'g');

/** A string or a number. */
const token = /"(?:[^"\\]+|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

const marked = (text: string): string =>
  text.replace(token, (found) => (isLost(found) ? `"${mark}${found}"` : found));

const isLost = (found: string): boolean =>
  /^-?\d{16,}$/.test(found) && JSON.stringify(Number(found)) !== found;

const restored = (_key: string, value: unknown): unknown =>
  typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value;

const marking = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? `${mark}${value}` : value;
