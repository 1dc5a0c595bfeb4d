/** This many are read in a millisecond or two. Then the caller can give way to others. */
const atATime = 64;

/** Yields items in pages, the last one shorter. */
export async function* pagesOf<T>(
  items: Iterable<T> | AsyncIterable<T>,
  size = atATime,
): AsyncGenerator<readonly T[]> {
  let page: T[] = [];
  for await (const item of items) {
    if (page.push(item) < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
