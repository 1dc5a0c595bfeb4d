/** So many are read in a millisecond or two: whoever asks for them may then give way to others. */
const atATime = 64;

/** Hands on what synchronous work gives, some dozens at a time. */
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
