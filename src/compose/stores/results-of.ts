import { layoutOf } from '../../stores/local/layout.ts';
import { openEntries } from './open-entries.ts';
import { openPointers } from './open-pointers.ts';
import type { MakeResults, OnRead, Results, RootPlace } from './store-choice.ts';

/** In the root itself. Opens nothing yet. */
export function localResults({ root, ...names }: RootPlace, onRead?: OnRead): Results {
  return {
    entries: openEntries({ root, ...names }, onRead === undefined ? {} : { onRead }),
    pointers: openPointers(layoutOf(root)),
  };
}

/** Nothing of object storage is loaded where it is not used. */
export async function resultsOf(place: RootPlace): Promise<MakeResults> {
  if (place.store === undefined) return (onRead) => localResults(place, onRead);
  const { openBucketResults } = await import('./s3/bucket-results.ts');
  return openBucketResults({ ...place, store: place.store });
}
