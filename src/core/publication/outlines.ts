import type { JobOutline } from '../model/job/job-outline.ts';
import type { JobFilter, JobRecords } from '../ports/jobs/job-records.ts';
import type { LoopTurns } from '../../support/loop-turns.ts';

/** Outlines that are read at a time, in some milliseconds. */
const piece = 256;

export type UnboundedFilter = Omit<JobFilter, 'limit'>;

/** All jobs of the filter, newest first, in pieces between which others have their turn. */
export async function* outlinesInPieces(
  store: JobRecords,
  filter: UnboundedFilter,
  turns: LoopTurns,
): AsyncGenerator<readonly JobOutline[]> {
  for (let { before } = filter; ;) {
    const found = await store.outlines({
      ...filter,
      limit: piece,
      ...(before !== undefined && { before }),
    });
    if (found.length > 0) yield found;
    before = found.at(-1)?.id;
    if (found.length < piece) return;
    await turns.next();
  }
}
