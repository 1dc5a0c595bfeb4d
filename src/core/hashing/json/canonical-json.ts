import { createHash } from 'node:crypto';
import { sha256 } from '../digest.ts';
import { compact } from './json-compact.ts';
import { rearranged } from './member-rearrange.ts';

/**
 * The canonical form of a JSON text: byte for byte what Python gives for
 * `json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)` in UTF-8.
 * Keys are sorted by code point, a repeated key keeps its last value, integers keep all their digits, other
 * numbers are the shortest decimal of their IEEE double, `NaN`, `Infinity` and `-Infinity` are values.
 *
 * Takes time in proportion to the text (times the logarithm of the keys of an object that is out of order),
 * whatever the text, and nests to any depth. Nothing passes through `JSON.parse`, which loses digits.
 *
 * Two passes. The first copies the text token by token in its own order, each token in canonical form, and
 * notes the objects whose members are out of order. The second exists only for these, and copies each byte
 * straight to its final place, however deep it lies.
 *
 * @param name what messages call the text: the name of its file
 * @throws CabError invalid_json with details {line, column}, both from 1, the column in characters;
 *   input_too_large where the form would pass 4 GiB
 */
export function canonicalJson(bytes: Uint8Array, name?: string): Buffer {
  const { output, order } = compact(bytes, name);
  return order.isInOrder ? output : rearranged(output, order);
}

/** SHA-256 of the canonical form, hex. Throws as `canonicalJson` does. */
export function sourceHashOfJson(bytes: Uint8Array, name?: string): string {
  const canonical = canonicalJson(bytes, name);
  if (canonical.length <= updateLimit) return sha256(canonical);
  const hash = createHash('sha256');
  for (let from = 0; from < canonical.length; from += updateLimit)
    hash.update(canonical.subarray(from, from + updateLimit));
  return hash.digest('hex');
}

/** Bytes; an update of 2 GiB or more is refused by node:crypto. */
const updateLimit = 2 ** 30;
