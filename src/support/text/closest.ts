import { distance } from 'fastest-levenshtein';

/** The known name that a mistyped name most likely means; undefined if none is similar. */
export function closest(name: string, known: readonly string[]): string | undefined {
  const near = (candidate: string): number => distance(name.toLowerCase(), candidate);
  const [best] = [...known].sort((a, b) => near(a) - near(b));
  return best !== undefined && near(best) <= Math.max(2, Math.floor(name.length / 3))
    ? best
    : undefined;
}
