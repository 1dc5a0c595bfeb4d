import type { CabError } from '../../model/errors.ts';
import type { RunningJob } from '../../model/job.ts';

const firstDelayMs = 1000;
const longestDelayMs = 5 * 60_000;

/** How often a job is tried again, unasked, after something happened to it. */
export const defaultOutsideRetries = 2;

export interface NextAttempt {
  readonly delay_ms: number;
  /** It is one that nobody asked for, after something that happened to the job. */
  readonly isOutside: boolean;
}

/**
 * The next attempt, or null if there is none: running again cannot mend the failure, or the attempts are used up. What
 * happened to a job counts with the deaths of its workers (`crashes`), apart from the attempts that were asked for. The
 * delay doubles each time; half of it is left to chance, so that jobs that failed together do not come back together.
 */
export function nextAttempt(
  job: Pick<RunningJob, 'attempts' | 'max_attempts' | 'crashes'>,
  { retry }: Pick<CabError, 'retry'>,
  outsideRetries: number,
  random: () => number = Math.random,
): NextAttempt | null {
  const isOutside = retry === 'outside' && job.crashes < outsideRetries;
  const isAsked = retry !== undefined && job.attempts - job.crashes < job.max_attempts;
  if (!isOutside && !isAsked) return null;
  const ceiling = Math.min(longestDelayMs, firstDelayMs * 2 ** (job.attempts - 1));
  return { delay_ms: Math.round(ceiling * (0.5 + random() / 2)), isOutside };
}
