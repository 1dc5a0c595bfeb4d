import { createHash } from 'node:crypto';

/**
 * Gives the same pieces, the last of them only once the SHA-256 of all was right: a reader that counts bytes never takes
 * wrong ones for the whole. `refusal` makes what is thrown otherwise.
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

/** Gives the same pieces, the last of them only once `check` has passed. */
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
