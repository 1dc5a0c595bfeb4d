import { describe, expect, it } from 'vitest';
import { BoundedCache } from '../../src/support/bounded-cache.ts';

const cacheOf = (capacity: number): BoundedCache<string> =>
  new BoundedCache({ capacity, weigh: (value, name) => value.length + name.length });

describe('a bounded cache', () => {
  it('never takes more than it may, whatever is kept', () => {
    const cache = cacheOf(10_000);
    for (let round = 0; round < 5000; round++) {
      cache.set(`/${round % 700}`, 'x'.repeat((round * 7919) % 3000));
      if (round % 7 === 0) cache.get(`/${round % 400}`);
      expect(cache.size).toBeLessThanOrEqual(10_000);
    }
    expect(cache.size).toBeGreaterThan(5000);
    for (let name = 0; name < 700; name++) cache.delete(`/${name}`);
    expect(cache.size).toBe(0);
  });

  it('keeps what was used, and lets the oldest of the others go', () => {
    const cache = cacheOf(50);
    for (const name of ['a', 'b', 'c', 'd', 'e']) cache.set(name, 'x'.repeat(9));
    cache.get('a');
    cache.set('f', 'x'.repeat(9));
    expect(['a', 'b', 'c', 'f'].map((name) => cache.get(name) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('keeps nothing that is larger than all may be, nor what stood in its place', () => {
    const cache = cacheOf(50);
    cache.set('a', 'small');
    cache.set('a', 'x'.repeat(60));
    expect(cache.get('a')).toBeUndefined();
    expect(cache.size).toBe(0);
  });
});
