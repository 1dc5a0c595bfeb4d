import { createHash } from 'node:crypto';

/**
 * Yields the same pieces, but the last one only if the SHA-256 of all bytes is right. So a reader that counts bytes never
 * accepts wrong bytes as the whole. `refusal` makes the error for a wrong digest.
 */
export async function* checkedBytes(
  pieces: AsyncIterable<Buffer>,
  sha256: string,
  refusal: (actual: string) => Error,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const hashed = async function* () {
    for await (const piece of pieces) {
      hash.update(piece);
      yield piece;
    }
  };
  yield* lastAfter(hashed(), () => {
    const actual = hash.digest('hex');
    if (actual !== sha256) throw refusal(actual);
  });
}

/** Yields the same pieces, but the last one only after `check` has passed. */
export async function* lastAfter(
  pieces: AsyncIterable<Buffer>,
  check: () => void | Promise<void>,
): AsyncGenerator<Buffer> {
  let last: Buffer | undefined;
  for await (const piece of pieces) {
    if (last !== undefined) yield last;
    last = piece;
  }
  await check();
  if (last !== undefined) yield last;
}
