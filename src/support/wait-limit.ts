import { CabError } from '../core/model/errors.ts';

/** What `Broker.wait` throws when the time is up, local or remote. */
export const waitTimeout = (job_id: string, timeoutMs: number): CabError =>
  new CabError('wait_timeout', `job ${job_id} had not ended after ${timeoutMs / 1000} s`, {
    details: { job_id },
  });

/** What those get who wait, or follow events, when a broker closes, local or remote, and who ask it for anything later. */
export const brokerClosed = (): CabError =>
  new CabError('canceled', 'the broker was closed', { hint: 'Ask a broker that is open.' });

/**
 * Work under a signal that is aborted when the time is up, or `signal` is. By a timer of its own: one of `AbortSignal.timeout` that
 * only `AbortSignal.any` knows is collected as garbage (nodejs/node#57736), and nobody is told that the time is up.
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
