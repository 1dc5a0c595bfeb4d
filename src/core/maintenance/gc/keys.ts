import type { EntryKey } from '../../model/key.ts';

/** The inverse of `formatKey`: no half of a key holds a slash. */
export function keyOf(text: string): EntryKey {
  const at = text.indexOf('/');
  return { config_hash: text.slice(0, at), source_hash: text.slice(at + 1) };
}
