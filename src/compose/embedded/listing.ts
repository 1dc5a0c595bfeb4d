/**
 * The answer of a call that lists something: all at once if it is awaited, one after the other in a `for await`.
 *
 *     const { tracks } = await broker.tracks();
 *     for await (const track of broker.tracks()) …
 */
export type Listing<Item, Whole> = Promise<Whole> & AsyncIterable<Item>;

/** `items` gives the items of what was asked for. It runs only in a `for await`. */
export const listing = <Item, Whole>(
  whole: Promise<Whole>,
  items: (whole: Whole) => AsyncIterable<Item> | Iterable<Item>,
): Listing<Item, Whole> =>
  Object.assign(whole, {
    async *[Symbol.asyncIterator]() {
      yield* items(await whole);
    },
  });
