import type { JobAccess } from '../../core/ports/maintenance/maintained-root.ts';
import { placeIn, type Layout } from '../../stores/local/layout.ts';
import { openJobs } from './open-jobs.ts';

/** The job store of a root. Opens nothing yet. With `readOnly` it is used briefly and not written, so it may be a copy. */
export function jobAccess(
  layout: Layout,
  readOnly: boolean,
): JobAccess & { close(): Promise<void> } {
  const stores = openJobs(layout, { readOnly });
  return {
    place: placeIn(layout, layout.jobs),
    where: layout.jobs,
    existing: () => stores.existing(),
    made: () => stores.made(),
    close: () => stores.close(),
  };
}
