import type { JobAccess } from '../../core/ports/maintenance/maintained-root.ts';
import { layoutOf, placeIn } from '../../stores/local/layout.ts';
import { queueAddress } from '../../stores/postgres/database/queue-address.ts';
import { openJobs } from './open-jobs.ts';
import type { QueueChoice, QueuePlace } from './store-choice.ts';

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

/** For people: without a password. @throws CabError usage */
export const queueName = ({ url }: QueueChoice): string => queueAddress(url).name;

/** How messages and reports name the job store. @throws CabError usage */
export function queueNames({ root, queue }: QueuePlace): Pick<JobAccess, 'place' | 'where'> {
  const layout = layoutOf(root);
  if (queue === undefined) return { place: placeIn(layout, layout.jobs), where: layout.jobs };
  const name = queueName(queue);
  return { place: name, where: name };
}
