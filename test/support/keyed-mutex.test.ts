import { expect, it } from 'vitest';
import { KeyedMutex } from '../../src/support/keyed-mutex.ts';

/** Ends when it is told to. */
function task() {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { end, work: () => ended };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

it('gives the turn of a name to one at a time, in the order of asking, whatever becomes of those before', async () => {
  const turns = new KeyedMutex();
  const order: number[] = [];
  const failing = turns.take('a', async () => {
    await soon();
    order.push(0);
    throw new TypeError('no');
  });
  const others = [1, 2, 3].map((n) => turns.take('a', async () => order.push(n)));
  await expect(failing).rejects.toThrow(TypeError);
  await Promise.all(others);
  expect(order).toEqual([0, 1, 2, 3]);
});

it('tells whether somebody waits for the turn of a name', async () => {
  const turns = new KeyedMutex();
  const [first, second] = [task(), task()];
  const all = [turns.take('a', first.work)];
  expect(turns.isAwaited('a')).toBe(false);
  all.push(turns.take('a', second.work));
  expect(turns.isAwaited('a')).toBe(true);
  expect(turns.isAwaited('b')).toBe(false);
  first.end();
  await all[0];
  await soon();
  expect(turns.isAwaited('a')).toBe(false);
  second.end();
  await Promise.all(all);
  await soon();
  expect(turns.isAwaited('a')).toBe(false);
});

it('lets who comes later wait also for those who waited themselves', async () => {
  const turns = new KeyedMutex();
  const [first, second] = [task(), task()];
  let hasBegun = false;
  const all = [turns.take('a', first.work), turns.take('a', second.work)];
  first.end();
  await all[0];
  await soon();
  all.push(turns.take('a', async () => void (hasBegun = true)));
  await soon();
  expect(hasBegun).toBe(false);
  second.end();
  await Promise.all(all);
  expect(hasBegun).toBe(true);
});
