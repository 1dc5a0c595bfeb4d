import { basename } from 'node:path';

/** Tells notes in quarantine: each lies beside the evidence that it describes. */
export function noteIn(names: readonly string[]): (name: string) => boolean {
  const all = new Set(names);
  return (name) => name.endsWith('.json') && all.has(basename(name, '.json'));
}
