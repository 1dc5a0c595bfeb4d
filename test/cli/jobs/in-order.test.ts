import { describe, expect, it } from 'vitest';
import { inOrder } from '../../../src/cli/jobs/in-order.ts';

const { signal } = new AbortController();

describe('work in order', () => {
  it('hands results over in the order of the items, whatever ends first', async () => {
    const taken: number[] = [];
    const ends = new Map<number, () => void>();
    const work = (item: number): Promise<number> =>
      new Promise((resolve) => ends.set(item, () => resolve(item)));
    const all = inOrder([1, 2, 3], { width: 3, signal }, work, (result) => taken.push(result));
    ends.get(3)?.();
    ends.get(2)?.();
    ends.get(1)?.();
    await all;
    expect(taken).toEqual([1, 2, 3]);
  });

  it('has no more under way than it may', async () => {
    let under = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, (under += 1));
      await Promise.resolve();
      under -= 1;
    };
    const items = Array.from({ length: 50 }, (_, index) => index);
    await inOrder(items, { width: 4, signal }, work, () => undefined);
    expect(most).toBe(4);
  });

  it('begins nothing after an error, and hands over what was begun', async () => {
    const begun: number[] = [];
    const taken: number[] = [];
    const failing = inOrder(
      [0, 1, 2, 3, 4, 5],
      { width: 3, signal },
      async (item) => {
        begun.push(item);
        if (item === 1) throw new Error('the second');
        return item;
      },
      (result) => taken.push(result),
    );
    await expect(failing).rejects.toThrow('the second');
    expect(begun).toEqual([0, 1, 2, 3]);
    expect(taken).toEqual([0, 2, 3]);
  });

  it('stops with the first error, and with the signal', async () => {
    const failing = inOrder(
      [1, 2],
      { width: 2, signal },
      (item) => (item === 1 ? Promise.resolve() : Promise.reject(new Error('second'))),
      () => undefined,
    );
    await expect(failing).rejects.toThrow('second');
    const aborted = AbortSignal.abort(new Error('stopped'));
    const stopped = inOrder(
      [1],
      { width: 1, signal: aborted },
      async () => 1,
      () => undefined,
    );
    await expect(stopped).rejects.toThrow('stopped');
  });
});
