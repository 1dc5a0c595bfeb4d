import { Pinning } from '../../core/maintenance/pinning.ts';
import { layoutOf } from '../../stores/local/layout.ts';
import { refuseFileAsRoot } from '../../stores/local/root-directory.ts';
import { FsRestorer } from '../../stores/local/trash/fs-restorer.ts';
import { TrashDirectory } from '../../stores/local/trash/trash-directory.ts';
import { jobAccess } from '../stores/job-access.ts';
import { openEntries } from '../stores/local/open-entries.ts';
import { openPins, openPointers } from '../stores/local/open-pointers.ts';
import type { RootPlace } from '../stores/store-choice.ts';

/** Opens only the parts of a root that pins need, so that the command starts fast. */
export async function withPins<T>(
  { store, queue, root, artifactName, manifestName }: RootPlace,
  use: (pinning: Pinning) => Promise<T>,
): Promise<T> {
  refuseFileAsRoot(root);
  const names = { artifactName, manifestName };
  if (store !== undefined) {
    const { withRoot } = await import('../stores/maintain-root.ts');
    return withRoot({ root, ...names, store, queue }, (maintained) => use(new Pinning(maintained)));
  }
  const layout = layoutOf(root);
  const jobs = jobAccess({ root, queue }, false);
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
