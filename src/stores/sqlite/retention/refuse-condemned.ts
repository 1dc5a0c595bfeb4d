import { reliedOnBy } from '../../../core/model/entry/removable.ts';
import { NoLongerThere, type NewJob } from '../../../core/ports/jobs/job-queue.ts';
import type { Queue } from '../queue.ts';
import { aliasOf } from './aliases-and-digests.ts';
import { lastForgotten, wasCondemned } from './condemnations.ts';

/** Within the transaction that accepts the jobs. @throws NoLongerThere */
export function refuseCondemned(queue: Queue, jobs: readonly NewJob[]): void {
  const forgotten = lastForgotten(queue);
  for (const { spec, hit, lookedSince } of jobs) {
    const isLate = lookedSince !== undefined && lookedSince < forgotten;
    const relied = reliedOnBy(spec, [hit, aliasOf(queue, spec.key)]);
    if (isLate || relied.some((what) => wasCondemned(queue, what, lookedSince)))
      throw new NoLongerThere();
  }
}
