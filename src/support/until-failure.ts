import { Semaphore } from './semaphore.ts';
import { underEither } from './time/either-signal.ts';

/**
 * Works on each item, `width` at a time. The first failure aborts the signal of the others. It is thrown when all have ended, as
 * is the reason of `signal`.
 */
export async function untilFailure<T>(
  items: Iterable<T>,
  width: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const turns = new Semaphore(width);
  await underEither([signal, failure.signal], async (either) => {
    const begun = async (item: T): Promise<void> => {
      either.throwIfAborted();
      await work(item, either);
    };
    const all = [...items].map((item) =>
      turns.during(() => begun(item)).catch((error: unknown) => failure.abort(error)),
    );
    await Promise.all(all);
    either.throwIfAborted();
  });
}
