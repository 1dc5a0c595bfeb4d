import { layoutOf } from '../../stores/local/layout.ts';
import { openEntries, openLight } from './local/open-entries.ts';
import type { CabError } from '../../core/model/errors.ts';
import { openPointers, openUnsurePointers } from './local/open-pointers.ts';
import { afterRestart } from './local/write-through.ts';
import type { MakeResults, OnRead, Results, RootPlace } from './store-choice.ts';

/** In the root itself. Opens nothing yet. @param unsure why its pointers cannot be relied on */
export function localResults(
  { root, ...names }: RootPlace,
  onRead?: OnRead,
  unsure?: CabError,
): Results {
  const entries = openEntries({ root, ...names }, onRead === undefined ? {} : { onRead });
  return {
    entries,
    light: openLight({ root }, entries),
    pointers: unsure === undefined ? openPointers(layoutOf(root)) : openUnsurePointers(unsure),
  };
}

/** Writes through what a restart of the machine left. Nothing of object storage is loaded where it is not used. */
export async function resultsOf(place: RootPlace): Promise<MakeResults> {
  if (place.store === undefined) {
    const unsure = await afterRestart(place);
    return (onRead) => localResults(place, onRead, unsure);
  }
  const { openBucketResults } = await import('./s3/bucket-results.ts');
  return openBucketResults({ ...place, store: place.store });
}
