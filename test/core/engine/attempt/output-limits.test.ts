/** A runner that writes without end costs neither the disk nor the job store more than was agreed. */
import { readFile } from 'node:fs/promises';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { layoutOf, type Layout } from '../../../../src/stores/local/layout.ts';
import { AttemptLog, logFile } from '../../../../src/core/engine/attempt/job-log.ts';
import { OutputEvents } from '../../../../src/core/engine/attempt/output-events.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

let layout: Layout;
beforeEach(async () => {
  layout = layoutOf(await tempDir());
});

const mebibyte = 'x'.repeat(1 << 20);
const note = '\n--- the rest of the output was dropped after 32 MiB ---\n';

function write(attempt: number, pieces: readonly string[]): void {
  const log = new AttemptLog(layout, 'job', attempt);
  for (const piece of pieces) log.write(piece);
  log.close();
}

const written = (): Promise<string> => readFile(logFile(layout, 'job'), 'utf8');

it('a log takes 32 MiB of an attempt, and says once that the rest was dropped', async () => {
  write(1, Array<string>(40).fill(mebibyte));
  const first = await written();
  expect(first.length).toBeGreaterThan(30 << 20);
  expect(first.length).toBeLessThanOrEqual((32 << 20) + note.length);
  expect(first.split(note)).toEqual([expect.any(String), '']);

  // The next attempt has as much.
  write(2, ['again']);
  expect(await written()).toBe(`${first}--- attempt 2 ---\nagain`);
});

it('a log drops nothing of an attempt that stays below', async () => {
  write(1, [...Array<string>(31).fill(mebibyte), 'the end']);
  expect((await written()).endsWith('xthe end')).toBe(true);
});

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
