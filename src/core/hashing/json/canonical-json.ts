import { createHash } from 'node:crypto';
import { sha256 } from '../digest.ts';
import { compact } from './json-compact.ts';
import { rearranged } from './member-rearrange.ts';

/**
 * The canonical form of a JSON text: byte for byte what Python gives for
 * `json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)` in UTF-8.
 *
 * Keys are sorted by code point. A repeated key keeps its last value. Integers keep all their digits. Other numbers become the
 * shortest decimal of their IEEE double. `NaN`, `Infinity` and `-Infinity` are values.
 *
 * The time is proportional to the size of any text (times the logarithm of the number of keys of an object that is out of
 * order). Nesting may have any depth. It does not use `JSON.parse`, which loses digits.
 *
 * It makes two passes. The first copies the text token by token in its own order, each token in canonical form, and notes the
 * objects whose members are out of order. The second runs only if there are such objects, and copies each byte straight to its
 * final place at any depth.
 *
 * @param name what messages call the text: the name of its file
 * @throws CabError invalid_json with details {line, column}, both from 1, the column in characters;
 *   input_too_large if the canonical form would be larger than 4 GiB
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

/** Bytes; node:crypto refuses an update of 2 GiB or more. */
const updateLimit = 2 ** 30;
