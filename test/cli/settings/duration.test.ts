import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../src/cli/settings/duration.ts';

describe('a duration', () => {
  it.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['250ms', 250],
    ['2d', 172_800_000],
    ['90', 90_000],
  ])('%s is %d milliseconds', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', '0', '0s', '-5s', '5 s', 's', '5x', '1e3', '60d', '1h30'])('%j is none', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
});
