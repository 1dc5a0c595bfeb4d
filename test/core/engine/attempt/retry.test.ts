import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextAttempt } from '../../../../src/core/engine/attempt/retry.ts';
import { defaultRetryPolicy as policy } from '../../../../src/core/model/job/retry-policy.ts';
import { CabError } from '../../../../src/core/model/errors.ts';

const job = (attempts: number, max_attempts: number, crashes = 0) => ({
  attempts,
  max_attempts,
  crashes,
});
const failed = new CabError('runner_failed', 'exit code 1');
const full = new CabError('no_space', 'the disk is full');
const delayOf = (attempts: number, chance: number): number =>
  nextAttempt(job(attempts, 99), failed, policy, () => chance)?.delay_ms ?? -1;

describe('the delay before another attempt', () => {
  it('doubles each time, up to five minutes', () => {
    expect([1, 2, 3, 4, 5, 20].map((attempts) => delayOf(attempts, 1))).toEqual([
      1000, 2000, 4000, 8000, 16_000, 300_000,
    ]);
  });

  it('begins with what is asked, and is left to chance as far as is asked', () => {
    const asked = { ...policy, delayMs: 600_000, jitter: 0.1 };
    const delay = (attempts: number, chance: number) =>
      nextAttempt(job(attempts, 99), failed, asked, () => chance)?.delay_ms;
    expect([delay(1, 1), delay(1, 0), delay(9, 1)]).toEqual([600_000, 540_000, 600_000]);
    const none = { ...policy, delayMs: 0, jitter: 0 };
    expect(nextAttempt(job(3, 99), failed, none)?.delay_ms).toBe(0);
  });

  it('is left to chance by half', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, chance) => {
          const longest = delayOf(attempts, 1);
          const delay = delayOf(attempts, chance);
          return delay >= longest / 2 - 1 && delay <= longest;
        },
      ),
    );
  });
});

describe('another attempt', () => {
  it.each(['runner_failed', 'timeout', 'runner_result_invalid'] as const)(
    'is made after %s as often as was asked, and no more',
    (code) => {
      const error = new CabError(code, 'failed');
      expect(nextAttempt(job(1, 1), error, policy)).toBeNull();
      expect(nextAttempt(job(1, 2), error, policy)).toMatchObject({ isOutside: false });
      expect(nextAttempt(job(2, 2), error, policy)).toBeNull();
    },
  );

  it.each(['no_space', 'io_error', 'queue_busy', 'store_unreadable', 'runner_killed'] as const)(
    'is made twice after %s, unasked',
    (code) => {
      const error = new CabError(code, 'happened');
      expect(nextAttempt(job(1, 1), error, policy)).toMatchObject({ isOutside: true });
      expect(nextAttempt(job(2, 1, 1), error, policy)).toMatchObject({ isOutside: true });
      expect(nextAttempt(job(3, 1, 2), error, policy)).toBeNull();
      expect(nextAttempt(job(1, 1), error, { ...policy, outside: 0 })).toBeNull();
    },
  );

  it('that happened to nobody is not taken from those that were asked for', () => {
    expect(nextAttempt(job(3, 2, 2), failed, policy)).toMatchObject({ isOutside: false });
    expect(nextAttempt(job(4, 2, 2), failed, policy)).toBeNull();
    expect(nextAttempt(job(3, 2, 2), full, policy)).toMatchObject({ isOutside: false });
  });

  it.each(['axes_missing', 'canceled', 'root_unwritable', 'crashed', 'internal'] as const)(
    'is never made after %s',
    (code) => expect(nextAttempt(job(1, 9), new CabError(code, 'no'), policy)).toBeNull(),
  );
});
