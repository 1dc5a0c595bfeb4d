import { setTimeout as delay } from 'node:timers/promises';

/** Polls until `look` gives something other than undefined or false; the limit only ends a hopeless wait. */
export async function until<T>(
  look: () => T | Promise<T>,
  limitMs = 45_000,
): Promise<Exclude<T, undefined | false>> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (isThere(found)) return found;
    if (performance.now() > end)
      throw new Error(`waited ${limitMs} ms in vain for: ${String(look)}`);
    await delay(5);
  }
}

const isThere = <T>(found: T): found is Exclude<T, undefined | false> =>
  found !== undefined && found !== false;
