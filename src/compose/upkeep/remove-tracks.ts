import { removeTracks, type RemovedTrack } from '../../core/maintenance/remove-tracks.ts';
import { refuseFileAsRoot } from '../../stores/local/root-directory.ts';
import { jobAccess } from '../stores/job-access.ts';
import { resultsOf } from '../stores/results-of.ts';
import type { RootPlace } from '../stores/store-choice.ts';

/** Removes tracks of a root. Throws what `removeTracks` throws. */
export async function removeTracksOf(
  place: RootPlace,
  pattern: string,
  { dryRun }: { readonly dryRun: boolean },
): Promise<readonly RemovedTrack[]> {
  refuseFileAsRoot(place.root);
  const results = (await resultsOf(place))();
  const jobs = jobAccess(place, dryRun);
  try {
    return await removeTracks({ jobs, pointers: results.pointers }, pattern, { dryRun });
  } finally {
    await results.entries.close();
    await jobs.close();
  }
}
