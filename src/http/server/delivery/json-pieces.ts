import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Number of items that are written without a break. */
const piece = 256;

/**
 * The JSON of an object of lists of any length. It is made in pieces, as fast as they are read, and other work gets a
 * turn after each piece.
 */
export const jsonInPieces = (lists: Readonly<Record<string, readonly unknown[]>>): Readable =>
  Readable.from(pieces(lists));

async function* pieces(
  lists: Readonly<Record<string, readonly unknown[]>>,
): AsyncGenerator<string> {
  let before = '{';
  for (const [name, items] of Object.entries(lists)) {
    yield `${before}${JSON.stringify(name)}:[`;
    for (let at = 0; at < items.length; at += piece) {
      const texts = items.slice(at, at + piece).map((item) => JSON.stringify(item));
      yield (at === 0 ? '' : ',') + texts.join();
      await nextTurn();
    }
    before = '],';
  }
  yield before === '{' ? '{}' : ']}';
}
