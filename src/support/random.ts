import { randomFillSync } from 'node:crypto';

const pieceSize = 16;
const pool = new Uint8Array(256 * pieceSize);
let used = pool.length;

/**
 * 16 random bytes for an id, never the same ones twice. They come from a pool: asking the system for each id costs several
 * times as much as the id.
 */
export function randomPiece(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += pieceSize;
  return pool.slice(used - pieceSize, used);
}
