import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactText, parseExact } from '../../../../src/core/model/json/exact-json.ts';

describe('JSON with exact integers', () => {
  it.each([
    '9007199254740993',
    '-9007199254740993',
    '{"seed":9007199254740993}',
    '{"__proto__":[12345678901234567890,{"a":1}],"text":"12345678901234567890"}',
    '["a \\" 9007199254740993 ",9007199254740993]',
    '123456789012345678901234567890',
  ])('keeps every digit of %s', (text) => {
    expect(exactText(parseExact(text))).toBe(text);
  });

  it('gives numbers where a number holds the integer, bigints elsewhere', () => {
    expect(parseExact('[9007199254740992,9007199254740993,1e21,1000000000000000000,1.5]')).toEqual([
      9007199254740992,
      9007199254740993n,
      1e21,
      1e18,
      1.5,
    ]);
  });

  it('leaves strings alone that look like what it writes', () => {
    const text = '{"a":"1234567890123456789","b":1234567890123456789}';
    expect(exactText(parseExact(text))).toBe(text);
    expect(parseExact(text)).toEqual({ a: '1234567890123456789', b: 1234567890123456789n });
  });

  it('refuses what JSON.parse and JSON.stringify refuse', () => {
    expect(() => parseExact('{"a":9007199254740993')).toThrow(SyntaxError);
    const round: Record<string, unknown> = { a: 1n };
    round['round'] = round;
    expect(() => exactText(round)).toThrow(TypeError);
  });

  it('gives back what it wrote', () => {
    const integers = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
    const value = fc.dictionary(
      fc.string(),
      fc.oneof(integers, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string()),
    );
    fc.assert(
      fc.property(value, (given) => {
        const text = exactText(given);
        expect(exactText(parseExact(text))).toBe(text);
      }),
    );
  });
});
