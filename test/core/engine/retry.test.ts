import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelay } from '../../../src/core/engine/retry.ts';
import { CabError } from '../../../src/core/errors.ts';
import type { RunningJob } from '../../../src/core/model/job.ts';

const job = (attempts: number, max_attempts: number) => ({ attempts, max_attempts }) as RunningJob;
const failed = new CabError('runner_failed', 'exit code 1');

describe('the delay before a retry', () => {
  it('doubles each time, up to five minutes', () => {
    const delays = [1, 2, 3, 4, 5, 20].map((attempts) =>
      retryDelay(job(attempts, 99), failed, () => 1),
    );
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 300_000]);
  });

  it('is left to chance by half', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, chance) => {
          const longest = retryDelay(job(attempts, 99), failed, () => 1) ?? 0;
          const delay = retryDelay(job(attempts, 99), failed, () => chance) ?? -1;
          return delay >= longest / 2 - 1 && delay <= longest;
        },
      ),
    );
  });

  it('is none once the attempts are used up, or for what running again cannot mend', () => {
    expect(retryDelay(job(3, 3), failed)).toBeNull();
    expect(retryDelay(job(1, 3), new CabError('axes_missing', 'no tempo'))).toBeNull();
    expect(retryDelay(job(1, 3), new CabError('canceled', 'stop'))).toBeNull();
    expect(retryDelay(job(1, 3), new CabError('timeout', 'slow'))).toBeGreaterThan(0);
  });
});
