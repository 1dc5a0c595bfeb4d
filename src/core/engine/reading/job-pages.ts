import type { Job } from '../../model/job.ts';
import type { JobFilter, JobStore } from '../../ports/job-store.ts';
import type { LoopTurns } from '../../../support/loop-turns.ts';

/** Jobs that are read at a time, in some milliseconds. */
const piece = 64;

/** As `list` of the store, in pieces. Each piece continues before the last id, so that no job is listed twice. */
export async function listInPieces(
  store: JobStore,
  { limit, ...filter }: JobFilter,
  turns: LoopTurns,
): Promise<readonly Job[]> {
  const found = [...(await store.list({ ...filter, limit: Math.min(limit, piece) }))];
  for (let read = found.length; read === piece && found.length < limit;) {
    await turns.next();
    const before = found.at(-1)?.id;
    const more = await store.list({
      ...filter,
      limit: Math.min(limit - found.length, piece),
      ...(before !== undefined && { before }),
    });
    found.push(...more);
    read = more.length;
  }
  return found;
}
