import type { Readable } from 'node:stream';

/** The least bytes in a millisecond: 1 Mbit/s. A sender that is slower is treated as one that sends nothing. */
export const leastRate = 128;

export interface SteadyOptions {
  /** Milliseconds. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  /** Makes the error for bytes that come too slowly. */
  readonly tooSlow: () => Error;
}

/**
 * Yields the pieces of a body. Fails if a piece takes longer than the limit, or if all of them together come slower than the least
 * rate. Only the time that is spent waiting for the sender counts, not the time that the caller takes for a piece.
 */
export async function* steadyBytes(
  body: Readable,
  { waitMs, signal, tooSlow }: SteadyOptions,
): AsyncGenerator<Uint8Array> {
  const end = (): unknown => body.destroy(signal.reason as Error);
  signal.addEventListener('abort', end);
  let waitedMs = 0;
  let length = 0;
  try {
    signal.throwIfAborted();
    const pieces: AsyncIterator<Uint8Array, undefined> = body[Symbol.asyncIterator]();
    for (;;) {
      const began = performance.now();
      const timer = setTimeout(() => body.destroy(tooSlow()), waitMs);
      const { done, value } = await pieces.next().finally(() => clearTimeout(timer));
      if (done === true) return;
      waitedMs += performance.now() - began;
      length += value.length;
      if (waitedMs > waitMs && length < waitedMs * leastRate) throw tooSlow();
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', end);
    body.on('error', () => undefined).destroy();
  }
}

/** The first bytes of a body, and whether there are more. */
export async function firstBytes(
  pieces: AsyncIterable<Uint8Array>,
  most: number,
): Promise<{ readonly bytes: Buffer; readonly hasMore: boolean }> {
  const kept: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    kept.push(piece);
    length += piece.length;
    if (length > most) return { bytes: Buffer.concat(kept).subarray(0, most), hasMore: true };
  }
  return { bytes: Buffer.concat(kept), hasMore: false };
}
