import { condemnedMs } from '../../ports/jobs/retention.ts';
import type { Removable } from '../../model/entry/removable.ts';
import type { JobCollection } from '../../ports/jobs/retention.ts';
import { failpoint } from '../../../support/failpoints.ts';
import type { GcContext } from './context.ts';

export interface Removal<T> {
  /** Some dozens, so that others wait for milliseconds if they need one of them. */
  readonly candidates: readonly T[];
  readonly as: (candidate: T) => Removable;
  readonly remove: (candidate: T) => Promise<void>;
}

/**
 * Condemns the candidates and removes those that nobody relies on by now, outside of any lock of the job store. Returns how many
 * were refused or left. collect.ts explains why nobody loses what they need.
 */
export async function removeCondemned<T>(
  gc: GcContext,
  store: JobCollection,
  { candidates, as, remove }: Removal<T>,
): Promise<number> {
  if (candidates.length === 0) return 0;
  const { pace } = gc.options;
  const { condemned, arrived } = await store.condemn(candidates.map(as), gc.needs.upTo);
  gc.needs.addJobs(arrived);
  failpoint('gc.condemned');
  const held = candidates.filter((_, at) => condemned[at] === true);
  // A process that was stopped for long must not go on: to others its condemnations count as released.
  const end = performance.now() + condemnedMs / 4;
  let left = candidates.length;
  try {
    for (const candidate of held) {
      if (performance.now() > end) break;
      await remove(candidate);
      left -= 1;
      if (pace.isDue) await pace.rest();
    }
  } finally {
    await store.release(held.map(as));
    failpoint('gc.released');
  }
  return left;
}
