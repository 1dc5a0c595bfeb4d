/** Finds jobs by their facets. What the job store has no index for is searched for, the latest jobs first, in pieces. */
import { basename } from 'node:path';
import type { JobFacets } from '../../model/job/facets.ts';
import type { JobOutline } from '../../model/job/job-outline.ts';
import { firstIdAt } from '../../../support/time/id-time.ts';
import type { UnboundedFilter } from '../../publication/outlines.ts';

/** What the job store looks up itself. `cursor`: only jobs before this id. */
export function storeFilter(
  { status, track, since, until }: JobFacets,
  cursor?: string,
): UnboundedFilter {
  const bounds = [cursor, until === undefined ? undefined : firstIdAt(Date.parse(until))];
  const [before] = bounds.filter((bound) => bound !== undefined).sort();
  return {
    ...(status && { states: [status] }),
    ...(track !== undefined && { track_id: track }),
    ...(before !== undefined && { before }),
    ...(since !== undefined && { from: firstIdAt(Date.parse(since)) }),
  };
}

/** Tells whether a job fits in what the store does not look up; undefined if the store looks up everything. */
export function fitOf({ runner, text }: JobFacets): ((outline: JobOutline) => boolean) | undefined {
  if (runner === undefined && text === undefined) return undefined;
  const wanted = text?.toLowerCase();
  return (outline) =>
    (runner === undefined || outline.runner === runner) &&
    (wanted === undefined || hasText(outline, wanted));
}

const hasText = ({ id, key, input_path }: JobOutline, wanted: string): boolean =>
  [id, key.config_hash, key.source_hash].some((name) => name.toLowerCase().startsWith(wanted)) ||
  basename(input_path).toLowerCase().includes(wanted);

export interface FoundJobs {
  readonly ids: readonly string[];
  /** Where the search goes on: the last job that was looked at. Null at the end. */
  readonly next: string | null;
}

/** The jobs that fit among the next `most` of the filter, `limit` at most. */
export async function searchJobs(
  pieces: AsyncIterable<readonly JobOutline[]>,
  fits: (outline: JobOutline) => boolean,
  { limit, most }: { readonly limit: number; readonly most: number },
): Promise<FoundJobs> {
  const ids: string[] = [];
  let searched = 0;
  let last: string | null = null;
  for await (const outlines of pieces)
    for (const outline of outlines) {
      // Only now is it known that there is more to look at.
      if (ids.length === limit || searched === most) return { ids, next: last };
      searched += 1;
      last = outline.id;
      if (fits(outline)) ids.push(outline.id);
    }
  return { ids, next: null };
}
