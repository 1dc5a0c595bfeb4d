import fc from 'fast-check';
import { expect, it } from 'vitest';
import { idMaker } from '../../../src/support/ascending-ids.ts';
import { firstIdAt } from '../../../src/support/time/id-time.ts';

it('stands between the ids of earlier times and those of this time and later', async () => {
  const makeId = await idMaker();
  const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
  fc.assert(
    fc.property(time, time, (ms, at) => {
      const id = makeId(undefined, at);
      expect(id >= firstIdAt(ms)).toBe(at >= ms);
    }),
  );
  expect(firstIdAt(-1) <= makeId(undefined, 0)).toBe(true);
  expect(firstIdAt(0.5) <= makeId(undefined, 1)).toBe(true);
});
