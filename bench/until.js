import { setTimeout as delay } from 'node:timers/promises';

/** Resolves with the first thing other than undefined or false that `look` gives; rejects after `seconds`. */
export async function until(what, look, { seconds = 30, every = 20 } = {}) {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    await delay(every);
  }
  throw new Error(`waited ${seconds} s in vain until ${what}`);
}
