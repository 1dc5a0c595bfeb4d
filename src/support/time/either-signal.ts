import { setMaxListeners } from 'node:events';

/**
 * Runs work under a signal that is aborted with the first of several. Removes its listeners from all of them, because they may
 * outlive many calls: `AbortSignal.any` keeps something for each call as long as the longest of them lives.
 */
export async function underEither<T>(
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const given = signals.filter((signal) => signal !== undefined);
  const either = new AbortController();
  // There are as many listeners as running calls, which is no leak.
  setMaxListeners(0, ...given, either.signal);
  const pass = (): void => either.abort(given.find(({ aborted }) => aborted)?.reason);
  for (const signal of given) signal.addEventListener('abort', pass);
  if (given.some(({ aborted }) => aborted)) pass();
  try {
    return await work(either.signal);
  } finally {
    for (const signal of given) signal.removeEventListener('abort', pass);
  }
}
