import { expect, it } from 'vitest';
import { FoundIds } from '../../src/watch/found-ids.ts';

it('finds the ids that were added and no other, however large they are', () => {
  const found = new FoundIds();
  // Beside 8192, the number of ids that it begins with room for.
  const ids = [1, 7, 8, 8191, 8192, 8200, 100_000];
  for (const id of ids) found.add(id);
  expect(found.size).toBe(ids.length);
  for (const id of ids) {
    expect(found.has(id)).toBe(true);
    expect([id - 1, id + 2].filter((other) => found.has(other) !== ids.includes(other))).toEqual(
      [],
    );
  }
});
