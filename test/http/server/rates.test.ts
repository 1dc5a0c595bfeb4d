import { expect, it } from 'vitest';
import { Rates } from '../../../src/http/server/metrics/rates.ts';

const minute = 60_000;
const now = 1_000_000 * minute;

it('counts what happened within so many minutes', () => {
  const rates = new Rates();
  for (const age of [0, 0.5, 0.9, 3, 14, 16, 60]) rates.add(now - age * minute);
  expect([1, 5, 15].map((minutes) => rates.within(minutes, now))).toEqual([3, 4, 5]);
  expect(rates.within(1, now + 20 * minute)).toBe(0);
});

it('keeps the numbers of the longest window however long it counts', () => {
  const rates = new Rates();
  for (let at = now - 300 * minute; at <= now; at += 1000) rates.add(at);
  expect(rates.within(15, now)).toBeGreaterThanOrEqual(15 * 60 - 5);
  expect(rates.within(300, now)).toBeLessThanOrEqual(16 * 60);
});
