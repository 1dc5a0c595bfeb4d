/** This many are read in a millisecond or two. Then the caller can give way to others. */
const atATime = 64;

/** Yields the items of synchronous work in pages. */
export async function* pagesOf<T>(
  items: Iterable<T>,
  size = atATime,
): AsyncGenerator<readonly T[]> {
  let page: T[] = [];
  for (const item of items) {
    if (page.push(item) < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
