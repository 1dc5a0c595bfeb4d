/** Finds the jobs that are canceled or submitted again together. */
import { checkFacets, type JobFacets } from '../../model/job/facets.ts';
import type { JobOutline } from '../../model/job/job-outline.ts';
import type { JobState } from '../../model/job/job.ts';
import { mostTogether, type ManyJobs } from '../../model/job/many-jobs.ts';
import { formatKey } from '../../model/entry/key.ts';
import { pageOf } from '../../model/job/page.ts';
import type { JobRecords } from '../../ports/jobs/job-records.ts';
import { outlinesInPieces } from '../../publication/outlines.ts';
import type { LoopTurns } from '../../../support/loop-turns.ts';
import { fitOf, storeFilter } from '../reading/job-search.ts';

/** The most jobs that are looked at. It takes about a second, in pieces. */
const mostSearched = 100_000;

export interface Selected {
  /** In the order in which they are to be changed. */
  readonly ids: readonly string[];
  readonly matched: number;
  /** The cursor of the jobs that are left; null if none is left. */
  readonly next: string | null;
  readonly whole: boolean;
}

interface SelectIn {
  readonly store: JobRecords;
  readonly turns: LoopTurns;
}

/** Jobs that have not ended. */
export async function cancelable(which: ManyJobs, { store, turns }: SelectIn): Promise<Selected> {
  const { facets, limit, cursor } = boundsOf(which);
  const states = (['pending', 'running'] as const).filter((state) => isAsked(facets, state));
  const filter = { ...storeFilter(facets, cursor), states };
  const bounds = { limit, isCount: which.dryRun === true };
  const fits = fitOf(facets) ?? (() => true);
  const { found, ...selected } = await select(outlinesInPieces(store, filter, turns), fits, bounds);
  // Pending jobs first, or one would begin in the place of a running one that ends.
  const [pending, running] = [found.filter(isPending), found.filter((job) => !isPending(job))];
  return { ...selected, ids: [...pending, ...running].map(({ id }) => id) };
}

const isPending = ({ state }: JobOutline): boolean => state === 'pending';

/**
 * Jobs that failed, or were canceled if the facets say so: of each key and track the latest, unless a later job has done its
 * work or is about to.
 */
export async function retryable(which: ManyJobs, { store, turns }: SelectIn): Promise<Selected> {
  const { facets, limit, cursor } = boundsOf(which);
  const { status = 'error' } = facets;
  if (status !== 'error' && status !== 'canceled') return nothing;
  const { before, ...within } = storeFilter({ ...facets, status: undefined }, cursor);
  const fits = fitOf(facets);
  const works = new Set<string>();
  const isLatest = (outline: JobOutline): boolean => {
    if (outline.state === 'canceled' && status !== 'canceled') return false;
    const work = JSON.stringify([formatKey(outline.key), outline.track_id]);
    const isFirst = !works.has(work);
    works.add(work);
    return isFirst && outline.state === status;
  };
  // Jobs behind `before` are looked at as well: one of them may have done the work.
  const isWanted = (outline: JobOutline): boolean =>
    isLatest(outline) && (before === undefined || outline.id < before) && fits?.(outline) !== false;
  const bounds = { limit, isCount: which.dryRun === true };
  const { found, ...selected } = await select(
    outlinesInPieces(store, within, turns),
    isWanted,
    bounds,
  );
  // As they were submitted.
  return { ...selected, ids: found.map(({ id }) => id).reverse() };
}

export const nothing: Selected = { ids: [], matched: 0, next: null, whole: true };

const isAsked = ({ status }: JobFacets, state: JobState): boolean =>
  status === undefined || status === state;

function boundsOf({ facets = {}, limit: asked = mostTogether, cursor: after }: ManyJobs) {
  checkFacets(facets);
  return { facets, ...pageOf({ limit: asked, cursor: after }) };
}

interface Found extends Omit<Selected, 'ids'> {
  /** Newest first. */
  readonly found: readonly JobOutline[];
}

/** `isCount`: looks on behind the limit. */
async function select(
  pieces: AsyncIterable<readonly JobOutline[]>,
  isWanted: (outline: JobOutline) => boolean,
  { limit, isCount }: { readonly limit: number; readonly isCount: boolean },
): Promise<Found> {
  const found: JobOutline[] = [];
  let [matched, searched] = [0, 0];
  const left = (whole: boolean): Found => ({
    ...{ found, matched, next: found.at(-1)?.id ?? null, whole },
  });
  for await (const outlines of pieces)
    for (const outline of outlines) {
      if (searched === mostSearched) return left(false);
      searched += 1;
      if (!isWanted(outline)) continue;
      if (found.length === limit && !isCount) return left(true);
      matched += 1;
      if (found.length < limit) found.push(outline);
    }
  return { found, matched, next: null, whole: true };
}
