import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactMoments } from '../../../src/runners/historical-echo/exact-moments.ts';
import { askPython } from './python.ts';

function momentsOf(values: readonly number[]): [number, number] {
  const moments = new ExactMoments();
  for (const value of values) moments.add(value);
  return [moments.mean(), moments.deviation()];
}

/** A double as a whole number of 2^−1074. */
function exact(value: number): bigint {
  let [scaled, shift] = [value, 0n];
  // Down, never up: dividing by a power of two loses nothing while the result is not subnormal.
  while (Math.abs(scaled) >= 2 ** 53) [scaled, shift] = [scaled / 2, shift + 1n];
  while (!Number.isInteger(scaled)) [scaled, shift] = [scaled * 2, shift - 1n];
  return BigInt(scaled) << (shift + 1074n);
}

/** Whether neither neighbour of a double that is not negative comes closer to p / q. */
function isNearest(double: number, p: bigint, q: bigint): boolean {
  const bits = new DataView(new ArrayBuffer(8));
  const neighbour = (step: bigint): bigint => {
    bits.setFloat64(0, double);
    bits.setBigUint64(0, bits.getBigUint64(0) + step);
    return exact(bits.getFloat64(0));
  };
  const off = (candidate: bigint): bigint => {
    const difference = candidate * q - (p << 1074n);
    return difference < 0n ? -difference : difference;
  };
  const own = off(exact(double));
  return own <= off(neighbour(1n)) && (double === 0 || own <= off(neighbour(-1n)));
}

const doubles = fc.double({ noNaN: true, min: -1e300, max: 1e300 });
const samples = fc.array(fc.oneof(doubles, fc.double({ noNaN: true, min: -20, max: 200 })), {
  minLength: 1,
  maxLength: 40,
});

describe('ExactMoments', () => {
  it('gives the double nearest to the exact mean', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const sum = values.reduce((total, value) => total + exact(value), 0n);
        const size = sum < 0n ? -sum : sum;
        const [mean] = momentsOf(values);
        // A mean of less than half the smallest double is nearest to 0.
        if (mean !== 0) expect(mean < 0).toBe(sum < 0n);
        expect(isNearest(Math.abs(mean), size, BigInt(values.length) << 1074n)).toBe(true);
      }),
    );
  });

  it('gives a deviation whose neighbours lie on the other side of the exact one', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const n = BigInt(values.length);
        const exacts = values.map(exact);
        const sum = exacts.reduce((total, value) => total + value, 0n);
        const squares = exacts.reduce((total, value) => total + value * value, 0n);
        // n² × variance, in units of 2^−2148.
        const variance = n * squares - sum * sum;
        const [, deviation] = momentsOf(values);
        const twice = 2n * n * exact(deviation);
        const ulp = n * exact(lastPlace(deviation));
        expect((twice - ulp) * (twice - ulp) <= 4n * variance || twice < ulp).toBe(true);
        expect((twice + ulp) * (twice + ulp) >= 4n * variance).toBe(true);
      }),
    );
  });

  it('agrees with the statistics module of Python to the last bit', ({ skip }) => {
    const cases = fc.sample(samples, { numRuns: 300, seed: 7 });
    const answer = askPython(
      'import statistics as s\nprint(json.dumps([[s.mean(map(float, c)), s.pstdev(map(float, c))] for c in asked]))',
      cases,
    );
    if (answer === undefined) skip('no Python 3.11');
    expect(cases.map(momentsOf).map(([mean, deviation]) => [mean + 0, deviation])).toEqual(answer);
  });

  it('loses nothing over more values than one carry holds', () => {
    const values = Array.from({ length: 100_000 }, (_, at) => (at % 2 === 0 ? 1e16 : 1));
    const [mean, deviation] = momentsOf(values);
    expect([mean, deviation]).toEqual([5e15, 5e15]);
    const [sum, count] = [50_000n * 10n ** 16n + 50_003n, 100_001n];
    expect(momentsOf([...values, 3])[0]).toBe(Number((2n * sum + count) / (2n * count)));
  });

  it('knows no deviation of equal values', () => {
    expect(momentsOf([0.1, 0.1, 0.1])).toEqual([0.1, 0]);
    expect(momentsOf([])).toEqual([NaN, NaN]);
  });
});

function lastPlace(value: number): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  bits.setBigUint64(0, bits.getBigUint64(0) + 1n);
  return bits.getFloat64(0) - value;
}
