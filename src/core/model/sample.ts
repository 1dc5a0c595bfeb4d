import { randomInt } from 'node:crypto';
import { formatKey, type EntryKey } from './key.ts';

/** Selects the entries of a check. */
export interface Sample {
  /** The text that the user gave. */
  readonly text: string;
  has(key: EntryKey): boolean;
}

/**
 * `5%`: that share of all entries, others each time. `2/7`: the second of seven parts that together are all entries, the same
 * each time. Undefined for any other text.
 */
export function sampleOf(text: string): Sample | undefined {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percent !== undefined) return percentSample(text, Number(percent));
  const [, part, parts] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  return part === undefined ? undefined : partSample(text, Number(part), Number(parts));
}

function percentSample(text: string, percent: number): Sample | undefined {
  if (!(percent > 0 && percent <= 100)) return undefined;
  const seed = randomInt(2 ** 32);
  const bound = (percent / 100) * 2 ** 32;
  return { text, has: (key) => spread(formatKey(key), seed) < bound };
}

function partSample(text: string, part: number, parts: number): Sample | undefined {
  if (part < 1 || part > parts) return undefined;
  return { text, has: (key) => spread(formatKey(key), 0) % parts === part - 1 };
}

/** A number below 2^32. Source: FNV-1a, with the finish of MurmurHash3, for keys that differ only in their last letters. */
function spread(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let at = 0; at < text.length; at += 1)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
