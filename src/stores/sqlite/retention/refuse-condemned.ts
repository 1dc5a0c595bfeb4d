import { reliedOnBy } from '../../../core/model/entry/removable.ts';
import { NoLongerThere, type NewJob } from '../../../core/ports/jobs/job-queue.ts';
import type { Queue } from '../queue.ts';
import { aliasOf } from './aliases-and-digests.ts';
import { isNothingCondemned, lastForgotten, mayBeGone } from './condemnations.ts';

/** Within the transaction that accepts the jobs. @throws NoLongerThere */
export function refuseCondemned(queue: Queue, jobs: readonly NewJob[]): void {
  const forgotten = lastForgotten(queue);
  if (jobs.some(({ lookedSince }) => lookedSince !== undefined && lookedSince < forgotten))
    throw new NoLongerThere();
  // Nearly always: garbage collection leaves no row.
  if (isNothingCondemned(queue)) return;
  for (const { spec, hit, lookedSince } of jobs) {
    const relied = reliedOnBy(spec, [hit, aliasOf(queue, spec.key)]);
    if (relied.some((what) => mayBeGone(queue, what, lookedSince))) throw new NoLongerThere();
  }
}
