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
  for (let index = 0; ; index += 1) {
    const current = begun.shift();
    if (current === undefined) break;
    const [ended] = await Promise.allSettled([current.result]);
    signal.throwIfAborted();
    if (ended.status === 'fulfilled') take(ended.value, current.item, index);
    else errors.push(ended.reason);
    if (errors.length === 0)
      begun.push(...items.slice(index + width, index + width + 1).map(begin));
  }
  if (errors.length > 0) throw errors[0];
}
