/** Decides whether and when a failed job runs again. */
import type { CabError } from '../../model/errors.ts';
import type { RunningJob } from '../../model/job.ts';

const firstDelayMs = 1000;
const longestDelayMs = 5 * 60_000;

/** How often a job is retried without a request, after something outside the job made it fail. */
export const defaultOutsideRetries = 2;

export interface NextAttempt {
  readonly delay_ms: number;
  /** True if nobody asked for this attempt: something outside the job made it fail. */
  readonly isOutside: boolean;
}

/**
 * The next attempt, or null if there is none: another run cannot help, or the attempts are used up. Failures from outside count
 * with the deaths of workers (`crashes`), not with the attempts that were asked for. The delay doubles each time. Half of it is
 * random, so that jobs that failed together do not come back together.
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
