import * as z from 'zod/mini';
import type { TrackResult } from '../../core/ports/jobs/retention.ts';
import { keyColumns } from './rows.ts';

export const resultRow = z.object({
  track_id: z.string(),
  job_id: z.string(),
  at: z.string(),
  ...keyColumns,
});
export type ResultRow = z.infer<typeof resultRow>;

/**
 * All results of all tracks, ranked. A result leaves the last `keepLast` places when the result that many places later has ended.
 * @param page gives the rows after this one, in the order of tracks, of each the latest first; none at the end
 */
export async function* resultsOfTracks(
  keepLast: number,
  page: (last: ResultRow | undefined) => Promise<readonly ResultRow[]>,
): AsyncGenerator<readonly TrackResult[]> {
  let track: string | undefined;
  let ends: string[] = [];
  for (let last: ResultRow | undefined; ;) {
    const rows = await page(last);
    last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(({ track_id, at, config_hash, source_hash }) => {
      if (track_id !== track) [track, ends] = [track_id, []];
      const rank = ends.push(at);
      const left_at = ends[rank - 1 - keepLast] ?? null;
      return { track_id, config_hash, source_hash, rank, left_at };
    });
  }
}
