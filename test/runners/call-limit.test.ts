import { availableParallelism } from 'node:os';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CallLimit } from '../../src/runners/call-limit.ts';

const atFirst = availableParallelism();

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** As many callers as are asked for; gives the numbers of those that have a place, in the order in which they got it. */
function callers(places: CallLimit, count: number): number[] {
  const inside: number[] = [];
  for (let n = 0; n < count; n += 1) void places.take().then(() => inside.push(n));
  return inside;
}

it('lets one call in for each processor, and hands places on in the order of asking', async () => {
  const places = new CallLimit();
  const inside = callers(places, atFirst + 2);
  await vi.advanceTimersByTimeAsync(49);
  expect(inside).toHaveLength(atFirst);
  places.leave();
  places.leave();
  await vi.advanceTimersByTimeAsync(0);
  expect(inside.slice(atFirst)).toEqual([atFirst, atFirst + 1]);
});

it('opens no more while nobody waits for long, however many come', async () => {
  const places = new CallLimit();
  const inside = callers(places, atFirst + 10);
  for (let n = 0; n < 10; n += 1) {
    await vi.advanceTimersByTimeAsync(4);
    places.leave();
  }
  await vi.advanceTimersByTimeAsync(1000);
  expect(inside).toHaveLength(atFirst + 10);
  for (let n = 0; n < atFirst; n += 1) places.leave();
  const next = callers(places, atFirst + 1);
  await vi.advanceTimersByTimeAsync(0);
  expect(next).toHaveLength(atFirst);
});

it('opens twice as many each time that a call has waited long, and none that nobody needs', async () => {
  const places = new CallLimit();
  const inside = callers(places, 3 * atFirst + 1);
  await vi.advanceTimersByTimeAsync(50);
  expect(inside).toHaveLength(2 * atFirst);
  await vi.advanceTimersByTimeAsync(49);
  expect(inside).toHaveLength(2 * atFirst);
  await vi.advanceTimersByTimeAsync(1);
  expect(inside).toHaveLength(3 * atFirst + 1);
  expect(vi.getTimerCount()).toBe(0);
  const next = callers(places, 1);
  places.leave();
  await vi.advanceTimersByTimeAsync(0);
  expect(next).toHaveLength(1);
});
