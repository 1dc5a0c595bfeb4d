import type { Meter } from './read-file.ts';

/** A meter of two counters that threads share: the bytes read, and whether to stop. */
export const sharedMeterBytes = 16;

const view = (shared: SharedArrayBuffer): BigInt64Array => new BigInt64Array(shared);

export function sharedMeter(shared: SharedArrayBuffer): Meter {
  const counters = view(shared);
  return {
    add: (bytes) => void Atomics.add(counters, 0, BigInt(bytes)),
    throwIfStopped: () => {
      if (Atomics.load(counters, 1) !== 0n) throw new Error('stopped');
    },
  };
}

export const bytesOf = (shared: SharedArrayBuffer): number => Number(Atomics.load(view(shared), 0));

export const stop = (shared: SharedArrayBuffer): void => void Atomics.store(view(shared), 1, 1n);
