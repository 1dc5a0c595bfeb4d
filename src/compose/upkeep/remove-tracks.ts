import { removeTracks, type RemovedTrack } from '../../core/maintenance/remove-tracks.ts';
import { layoutOf } from '../../stores/local/layout.ts';
import { refuseFileAsRoot } from '../../stores/local/root-directory.ts';
import { jobAccess } from '../stores/job-access.ts';
import { openPointers } from '../stores/open-pointers.ts';

/** Removes tracks of a root. Throws what `removeTracks` throws. */
export async function removeTracksOf(
  root: string,
  pattern: string,
  { dryRun }: { readonly dryRun: boolean },
): Promise<readonly RemovedTrack[]> {
  refuseFileAsRoot(root);
  const layout = layoutOf(root);
  const jobs = jobAccess(layout, dryRun);
  try {
    return await removeTracks({ jobs, pointers: openPointers(layout) }, pattern, { dryRun });
  } finally {
    await jobs.close();
  }
}
