/** Decides whether and when a failed job runs again. */
import type { CabError } from '../../model/errors.ts';
import type { RunningJob } from '../../model/job/job.ts';
import type { RetryPolicy } from '../../model/job/retry-policy.ts';

const longestDelayMs = 5 * 60_000;

export interface NextAttempt {
  readonly delay_ms: number;
  /** True if nobody asked for this attempt: something outside the job made it fail. */
  readonly isOutside: boolean;
}

/**
 * The next attempt, or null if there is none: another run cannot help, or the attempts are used up. Failures from outside count
 * with the deaths of workers (`crashes`), not with the attempts that were asked for.
 */
export function nextAttempt(
  job: Pick<RunningJob, 'attempts' | 'max_attempts' | 'crashes'>,
  { retry }: Pick<CabError, 'retry'>,
  { outside, delayMs, jitter }: RetryPolicy,
  random: () => number = Math.random,
): NextAttempt | null {
  const isOutside = retry === 'outside' && job.crashes < outside;
  const isAsked = retry !== undefined && job.attempts - job.crashes < job.max_attempts;
  if (!isOutside && !isAsked) return null;
  const longest = Math.max(longestDelayMs, delayMs);
  const ceiling = Math.min(longest, delayMs * 2 ** (job.attempts - 1));
  return { delay_ms: Math.round(ceiling * (1 - jitter + random() * jitter)), isOutside };
}
