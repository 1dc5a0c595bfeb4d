import { setMaxListeners } from 'node:events';

/** Gives what the work gives. Rejects with the signal's reason as soon as it aborts; the work goes on, and nobody waits for it. */
export async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return work;
  let leave = (): void => undefined;
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason as Error);
  });
  // There are as many listeners as running calls, which is no leak.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    return await Promise.race([work, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
