import { CabError } from './errors.ts';

/** What `Broker.wait` throws when the time is up, local or remote. */
export const waitTimeout = (job_id: string, timeoutMs: number): CabError =>
  new CabError('wait_timeout', `job ${job_id} had not ended after ${timeoutMs / 1000} s`, {
    details: { job_id },
    hint: `The job goes on; ask again with: cab status ${job_id}`,
  });

/** What those get who wait, or follow events, when a broker closes, local or remote, and who ask it for anything later. */
export const brokerClosed = (): CabError =>
  new CabError('canceled', 'the broker was closed', { hint: 'Ask a broker that is open.' });

/** Aborted when the time is up, or `signal` is; undefined where neither can happen. */
export function limitOf(
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
): AbortSignal | undefined {
  if (timeoutMs === undefined) return signal;
  // Timers take whole milliseconds, and at most 31 bits of them.
  const timer = AbortSignal.timeout(Math.min(Math.ceil(timeoutMs), 2 ** 31 - 1));
  return signal === undefined ? timer : AbortSignal.any([timer, signal]);
}
