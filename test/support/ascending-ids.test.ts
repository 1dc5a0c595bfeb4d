import fc from 'fast-check';
import { expect, it } from 'vitest';
import { validate, version } from 'uuid';
import { idMaker } from '../../src/support/ascending-ids.ts';

it('makes valid UUIDv7 ids that ascend as text, whatever the wall clock shows', async () => {
  const next = await idMaker();
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 47 }), { minLength: 2 }), (times) => {
      let last: string | undefined;
      for (const now of times) {
        const id = next(last, now);
        if (last !== undefined && id <= last) return false;
        if (!validate(id) || version(id) !== 7) return false;
        last = id;
      }
      return true;
    }),
  );
});

it('carries the wall time of its submission while that goes forward', async () => {
  const next = await idMaker();
  const at = Date.UTC(2024, 5, 1);
  const id = next(next(undefined, at - 1), at);
  expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(at);
});

it.each([
  ['the lower bits', '018fd0c0-0000-7000-803f-fc0000000000', 0x0000_0fff],
  ['the upper bits', '018fd0c0-0000-7fff-bfff-f80000000000', 0xffff_fffe],
])('counts on through %s of the counter', async (_, last, seq) => {
  const next = await idMaker();
  const id = next(last, 0);
  const { seq: after } = bitsOf(id);
  expect(bitsOf(last).seq).toBe(seq);
  expect(after).toBe(seq + 1);
  expect(id > last).toBe(true);
});

it('goes on with the next millisecond when the counter is full', async () => {
  const last = '018fd0c0-0000-7fff-bfff-fc0000000000';
  const id = (await idMaker())(last, 0);
  expect(id.startsWith('018fd0c0-0001-7000-8000-0')).toBe(true);
});

function bitsOf(id: string): { seq: number } {
  const bits = BigInt(`0x${id.replaceAll('-', '')}`);
  const high = (bits >> 64n) & 0xfffn;
  const low = (bits >> 42n) & 0xfffffn;
  return { seq: Number((high << 20n) | low) };
}
