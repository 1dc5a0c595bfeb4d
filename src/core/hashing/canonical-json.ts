/** Placeholder signature; the implementation follows in its own commit. */
export function canonicalJson(bytes: Uint8Array): Buffer {
  throw new Error(`not built yet: ${bytes.length}`);
}
