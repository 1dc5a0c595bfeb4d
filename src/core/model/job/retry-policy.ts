/** When failed jobs run again. */
export interface RetryPolicy {
  /** How often a job is retried without a request, after something outside the job made it fail. */
  readonly outside: number;
  /** Milliseconds before the second attempt; the delay doubles each time, up to five minutes or to the first if that is longer. */
  readonly delayMs: number;
  /** The random part of a delay, from 0 to 1, so that jobs that failed together do not come back together. */
  readonly jitter: number;
}

export const defaultRetryPolicy: RetryPolicy = { outside: 2, delayMs: 1000, jitter: 0.5 };
