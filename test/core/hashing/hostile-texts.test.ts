import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/core/hashing/json/canonical-json.ts';

const canonical = (text: string): string => canonicalJson(Buffer.from(text)).toString();

/** Each would take hours, or the stack, if the work grew faster than the text. */
describe('hostile texts', () => {
  const levels = 200_000;

  it('nests arrays without limit', () => {
    const text = '['.repeat(levels) + ']'.repeat(levels);
    expect(canonical(text) === text).toBe(true);
  });

  it('names the end of brackets that never close', () => {
    expect(() => canonical('['.repeat(levels))).toThrow(`line 1, column ${levels + 1}`);
  });

  it('nests objects that are out of order at every level', () => {
    const text = '{"b":'.repeat(levels) + '0' + ',"a":1}'.repeat(levels);
    const expected = '{"a":1,"b":'.repeat(levels) + '0' + '}'.repeat(levels);
    expect(canonical(text) === expected).toBe(true);
  });

  it('nests objects whose inner object is dropped at every level', () => {
    const text = '{"a":'.repeat(levels) + '0' + ',"a":1}'.repeat(levels);
    expect(canonical(text)).toBe('{"a":1}');
  });

  it('sorts a million keys', () => {
    const keys = Array.from({ length: 1_000_000 }, (_, i) =>
      String((i * 700_001) % 1_000_000).padStart(6, '0'),
    );
    const text = `{${keys.map((key) => `"${key}":0`).join()}}`;
    const expected = `{${keys
      .sort()
      .map((key) => `"${key}":0`)
      .join()}}`;
    expect(canonical(text) === expected).toBe(true);
  });

  it('resolves a key that is repeated a million times', () => {
    const text = `{${Array.from({ length: 1_000_000 }, (_, i) => `"k":${i}`).join()}}`;
    expect(canonical(text)).toBe('{"k":999999}');
  });

  it('sorts long keys that differ at their ends alone', () => {
    const prefix = '\\n'.repeat(20_000);
    const text = `{${Array.from({ length: 100 }, (_, i) => `"${prefix}${99 - i}":${i}`).join()}}`;
    const order = Array.from({ length: 100 }, (_, i) => String(i)).sort();
    const expected = `{${order.map((key) => `"${prefix}${key}":${99 - Number(key)}`).join()}}`;
    expect(canonical(text) === expected).toBe(true);
  });

  it('reads a number of a million digits', () => {
    expect(canonical(`1${'0'.repeat(1_000_000)}.5e-1000000`)).toBe('1.0');
  });
});
