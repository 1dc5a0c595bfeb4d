/** What a runner is given to stop after it was told to, in milliseconds; more than any runner's own grace. */
const patienceMs = 15_000;

/**
 * The work's outcome; or, where it goes on for long after `signal` was aborted, the reason of that. A runner
 * object that ignores the signal cannot be ended, and must not hold its job and its worker for ever.
 */
export async function orAbandoned<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let leave = (): void => undefined;
  const abandoned = new Promise<never>((_, reject) => {
    leave = () => (timer = setTimeout(() => reject(signal.reason as Error), patienceMs));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, abandoned]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
  }
}
