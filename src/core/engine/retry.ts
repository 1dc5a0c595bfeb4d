import type { CabError } from '../errors.ts';
import type { RunningJob } from '../model/job.ts';

const firstDelayMs = 1000;
const longestDelayMs = 5 * 60_000;

/**
 * How long to wait before the next attempt, in milliseconds, or null where there is none: the failure is of a
 * kind that running again cannot mend, or the attempts are used up. Doubles each time; half of it is left to
 * chance, so that jobs that failed together do not come back together.
 */
export function retryDelay(
  job: RunningJob,
  error: CabError,
  random: () => number = Math.random,
): number | null {
  if (!error.retryable || job.attempts >= job.max_attempts) return null;
  const ceiling = Math.min(longestDelayMs, firstDelayMs * 2 ** (job.attempts - 1));
  return Math.round(ceiling * (0.5 + random() / 2));
}
