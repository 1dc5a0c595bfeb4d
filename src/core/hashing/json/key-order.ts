import { byte, byteAt } from './json-bytes.ts';
import { readCanonicalEscape } from './json-string.ts';

/**
 * Compares two canonical strings by code point. They are given as ranges that include their quotes. The bytes of UTF-8 sort as
 * code points do; an escape counts as the character that it stands for.
 */
export function compareKeys(
  output: Buffer,
  aStart: number,
  aEnd: number,
  bStart: number,
  bEnd: number,
): number {
  let a = aStart + 1;
  let b = bStart + 1;
  while (a < aEnd - 1 && b < bEnd - 1) {
    let aCode = byteAt(output, a++);
    let bCode = byteAt(output, b++);
    if (aCode === byte.backslash) ({ code: aCode, end: a } = readCanonicalEscape(output, a - 1));
    if (bCode === byte.backslash) ({ code: bCode, end: b } = readCanonicalEscape(output, b - 1));
    if (aCode !== bCode) return aCode - bCode;
  }
  return aEnd - 1 - a - (bEnd - 1 - b);
}
