import { CabError } from '../../core/model/errors.ts';

/** The error of `Broker.wait` after the timeout, local or remote. */
export const waitTimeout = (job_id: string, timeoutMs: number): CabError =>
  new CabError('wait_timeout', `job ${job_id} had not ended after ${timeoutMs / 1000} s`, {
    details: { job_id },
  });

/** The error of a closed broker, local or remote: for those who wait or follow events, and for later calls. */
export const brokerClosed = (): CabError =>
  new CabError('canceled', 'the broker was closed', { hint: 'Ask a broker that is open.' });

/**
 * Runs work under a signal that is aborted after `timeoutMs`, or when `signal` is. It uses its own timer: a signal of
 * `AbortSignal.timeout` that only `AbortSignal.any` references is garbage collected and never fires (nodejs/node#57736).
 */
export async function withinLimit<T>(
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (timeoutMs === undefined) return work(signal);
  const limit = new AbortController();
  const pass = (): void => limit.abort(signal?.reason);
  // Timers take at most 31 bits of milliseconds.
  const timer = setTimeout(pass, Math.min(timeoutMs, 2 ** 31 - 1));
  if (signal?.aborted === true) pass();
  signal?.addEventListener('abort', pass, { once: true });
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', pass);
  }
}
