/** A runner that writes without end costs the job store no more than was agreed. */
import { expect, it, onTestFinished, vi } from 'vitest';
import { OutputEvents } from '../../../../src/core/engine/attempt/output-events.ts';

it('events take 1 MiB of text of an attempt, and say how much was dropped of the rest', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const seen: { text: string; dropped: number }[] = [];
  const events = new OutputEvents((_, event) => Promise.resolve(void seen.push(event)));
  const piece = 'y'.repeat(16 << 10);
  for (let n = 0; n < 70; n += 1) {
    events.write('stdout', piece);
    await vi.advanceTimersByTimeAsync(100);
  }
  await events.close();
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  expect(seen).toHaveLength(70);
  expect(sum(seen.map(({ text }) => text.length))).toBe(1 << 20);
  expect(sum(seen.map(({ dropped }) => dropped))).toBe(6 * piece.length);
});
