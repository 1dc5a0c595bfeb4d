/**
 * Works on at most `width` items at a time, and hands the results over in the order of the items, each as soon as
 * those before it are there. Rejects with the first error of `work`, or with the signal's reason: after an error
 * nothing more is begun, but what was begun is still handed over.
 */
export async function inOrder<T, R>(
  items: readonly T[],
  { width, signal }: { readonly width: number; readonly signal: AbortSignal },
  work: (item: T) => Promise<R>,
  take: (result: R, item: T, index: number) => void,
): Promise<void> {
  const begin = (item: T): { item: T; result: Promise<R> } => {
    const result = work(item);
    // A rejection counts when its turn comes; until then it must not be "unhandled".
    result.catch(() => undefined);
    return { item, result };
  };
  const begun = items.slice(0, width).map(begin);
  const errors: unknown[] = [];
  // One listener for all items: the signal may live long, and the items be many.
  let wake = (): void => undefined;
  const onAbort = (): void => wake();
  signal.addEventListener('abort', onAbort);
  try {
    for (let index = 0; ; index += 1) {
      const current = begun.shift();
      if (current === undefined) break;
      const stopped = new Promise<void>((resolve) => (wake = resolve));
      const ended = await Promise.race([Promise.allSettled([current.result]), stopped]);
      signal.throwIfAborted();
      const [end] = ended ?? [];
      if (end?.status === 'fulfilled') take(end.value, current.item, index);
      else if (end !== undefined) errors.push(end.reason);
      if (errors.length === 0)
        begun.push(...items.slice(index + width, index + width + 1).map(begin));
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  if (errors.length > 0) throw errors[0];
}

/** Calls what belongs to each item in the order of the items, as soon as it is its turn. */
export function turns<T>(items: readonly T[]): (item: T, act: () => void) => void {
  const waiting = new Map<T, () => void>();
  const left = [...items].reverse();
  return (item, act) => {
    waiting.set(item, act);
    for (let next = left.at(-1); next !== undefined; next = left.at(-1)) {
      const due = waiting.get(next);
      if (due === undefined) return;
      left.pop();
      due();
    }
  };
}
