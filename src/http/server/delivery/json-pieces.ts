import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Items that are written at a stretch. */
const piece = 256;

/** The JSON of an object of lists, of any length: made in pieces, as fast as they are read, with a turn for others after each. */
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
