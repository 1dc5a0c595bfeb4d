import { Pinning } from '../../core/maintenance/pinning.ts';
import type { FileNames } from '../../core/ports/entry-store.ts';
import { layoutOf } from '../../stores/local/layout.ts';
import { refuseFileAsRoot } from '../../stores/local/root-directory.ts';
import { FsRestorer } from '../../stores/local/trash/fs-restorer.ts';
import { TrashDirectory } from '../../stores/local/trash/trash-directory.ts';
import { jobAccess } from '../stores/job-access.ts';
import { openEntries } from '../stores/open-entries.ts';
import { openPins, openPointers } from '../stores/open-pointers.ts';

/** Opens only the parts of a root that pins need, so that the command starts fast. */
export async function withPins<T>(
  { root, ...names }: FileNames & { readonly root: string },
  use: (pinning: Pinning) => Promise<T>,
): Promise<T> {
  refuseFileAsRoot(root);
  const layout = layoutOf(root);
  const jobs = jobAccess(layout, false);
  try {
    return await use(
      new Pinning({
        jobs,
        pins: openPins(layout),
        entries: openEntries({ root, ...names }),
        pointers: openPointers(layout),
        restorer: new FsRestorer(layout, new TrashDirectory(layout, names)),
      }),
    );
  } finally {
    await jobs.close();
  }
}
