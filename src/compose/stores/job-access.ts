import type { JobAccess } from '../../core/ports/maintenance/maintained-root.ts';
import { layoutOf, placeIn } from '../../stores/local/layout.ts';
import { queueAddress } from '../../stores/postgres/database/queue-address.ts';
import { openJobs } from './open-jobs.ts';
import type { QueuePlace } from './store-choice.ts';

/** The job store of a root. Opens nothing yet. With `readOnly` it is used briefly and not written, so it may be a copy. */
export function jobAccess(
  place: QueuePlace,
  readOnly: boolean,
): JobAccess & { close(): Promise<void> } {
  const stores = openJobs(place, { readOnly });
  return {
    ...queueNames(place),
    existing: () => stores.existing(),
    made: () => stores.made(),
    close: () => stores.close(),
  };
}

/** How messages and reports name it. @throws CabError usage */
export function queueNames({ root, queue }: QueuePlace): Pick<JobAccess, 'place' | 'where'> {
  const layout = layoutOf(root);
  if (queue === undefined) return { place: placeIn(layout, layout.jobs), where: layout.jobs };
  const { name } = queueAddress(queue.url);
  return { place: name, where: name };
}
