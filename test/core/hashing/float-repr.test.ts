import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfRepr, pythonRepr } from '../../../src/core/hashing/json/float-repr.ts';

/** The repr of a plain decimal as `endOfRepr` finds it in the text, or undefined where it does not decide. */
function reprWithin(text: string): string | undefined {
  const whole = text.startsWith('-') ? 1 : 0;
  const bytes = Buffer.from(text);
  const end = endOfRepr(bytes, whole, text.indexOf('.'), bytes.length);
  return end === undefined ? undefined : text.slice(0, end);
}

const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ noNaN: true, min: 1e-4, max: 1e16 }),
  fc.double({ noNaN: true, min: 0, max: 1 }),
);

const digits = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength: min, maxLength: max });

/** Decimals with 16 and 17 digits above all, where it is not plain which of them is the shortest. */
const decimal = fc
  .tuple(fc.constantFrom('', '-'), digits(0, 16), digits(1, 20))
  .map(([sign, whole, fraction]) => `${sign}${whole.replace(/^0+/, '') || '0'}.${fraction}`);

describe('endOfRepr', () => {
  it('never takes a decimal for the repr that is not', () => {
    fc.assert(
      fc.property(decimal, (text) => {
        const found = reprWithin(text);
        fc.pre(found !== undefined);
        expect(found).toBe(pythonRepr(Number(text)));
      }),
      { numRuns: 20_000 },
    );
  });

  it('never takes a neighbour of a repr for the repr of its double', () => {
    const neighbour = fc
      .tuple(fc.double({ noNaN: true, min: 1e-4, max: 1e15 }), fc.integer({ min: -20, max: 20 }))
      .map(([value, distance]) => {
        const text = value.toPrecision(17);
        const point = text.indexOf('.');
        const moved = String(BigInt(text.replace('.', '')) + BigInt(distance));
        return point === -1 ? `${text}.0` : place(moved, text.length - point - 1);
      });
    const place = (whole: string, scale: number): string => {
      const padded = whole.padStart(scale + 1, '0');
      return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
    };
    fc.assert(
      fc.property(neighbour, (text) => {
        const found = text.includes('e') ? undefined : reprWithin(text);
        fc.pre(found !== undefined);
        expect(found).toBe(pythonRepr(Number(text)));
      }),
      { numRuns: 20_000 },
    );
  });

  it('recognises what a double is printed as, nearly always', () => {
    let asked = 0;
    let recognised = 0;
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: 1e-4, max: 1e9 }), (value) => {
        const repr = pythonRepr(value);
        asked += 1;
        if (reprWithin(repr) === repr) recognised += 1;
      }),
      { numRuns: 5000, seed: 20 },
    );
    expect(recognised / asked).toBeGreaterThan(0.95);
  });

  it.each(['0.30000000000000004', '0.1', '-1234.5678', '0.0', '100.0', '5.684341886080802e-14'])(
    'reads %s',
    (text) => {
      expect(pythonRepr(Number(text))).toBe(text);
    },
  );
});

describe('pythonRepr', () => {
  it('reads back as the double', () => {
    fc.assert(
      fc.property(double, (value) => {
        expect(Number(pythonRepr(value))).toBe(value);
      }),
    );
  });

  it.each([
    [1, '1.0'],
    [-0, '-0.0'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [1.5e100, '1.5e+100'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.25e-7, '1.25e-07'],
    [5e-324, '5e-324'],
    [-Infinity, '-Infinity'],
  ])('writes %d as %s', (value, text) => {
    expect(pythonRepr(value)).toBe(text);
  });
});
