import { basename } from 'node:path';
import { formatKey, type EntryKey } from './key.ts';
import { keptPlaces, type JobSpec } from '../job/job.ts';

/** What garbage collection removes and a job may rely on: an entry, or a kept input or database by the place that jobs record. */
export type Removable = { readonly entry: EntryKey } | { readonly input: string };

/** Names of entries contain a slash, and names of inputs do not. A root may be moved, so an input's directory does not count. */
export const removableName = (what: Removable): string =>
  'entry' in what ? formatKey(what.entry) : basename(what.input);

/** What a job relies on that is being submitted. `keys`: its hit, and the key to which its own leads. */
export function reliedOnBy(
  spec: JobSpec,
  keys: readonly (EntryKey | null | undefined)[],
): Removable[] {
  const entries = [spec.key, ...keys].flatMap((entry) => (entry == null ? [] : [{ entry }]));
  return [...entries, ...keptPlaces(spec).map((input) => ({ input }))];
}

/** The names of what jobs rely on. */
export const namesOf = (
  reliances: readonly (EntryKey & { readonly kept: readonly string[] })[],
): ReadonlySet<string> =>
  new Set(
    reliances.flatMap(({ kept, ...entry }) =>
      [{ entry }, ...kept.map((input) => ({ input }))].map(removableName),
    ),
  );
