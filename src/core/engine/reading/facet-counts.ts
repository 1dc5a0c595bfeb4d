import { checkFacets, type FacetCounts, type JobFacets } from '../../model/job/facets.ts';
import { noJobs } from '../../model/job/job.ts';
import { runnerName } from '../../model/runner/runner-name.ts';
import type { JobRecords } from '../../ports/jobs/job-records.ts';
import type { LoopTurns } from '../../../support/loop-turns.ts';
import { outlinesInPieces } from '../../publication/outlines.ts';
import { fitOf, storeFilter } from './job-search.ts';

/** The most jobs that are looked at. It takes about a second, in pieces. */
const mostCounted = 100_000;
const mostTracks = 1000;

/** How many jobs fit, among the latest of those that the store looks up. */
export async function facetCounts(
  store: JobRecords | undefined,
  facets: JobFacets,
  turns: LoopTurns,
): Promise<FacetCounts> {
  checkFacets(facets);
  const fits = fitOf(facets);
  const counts = { ...noJobs };
  const runners = new Map<string, number>();
  const tracks = new Map<string, number>();
  let searched = 0;
  let whole = true;
  const pieces = store === undefined ? [] : outlinesInPieces(store, storeFilter(facets), turns);
  for await (const outlines of pieces) {
    if (searched + outlines.length > mostCounted) {
      whole = false;
      break;
    }
    searched += outlines.length;
    for (const outline of outlines) {
      if (fits?.(outline) === false) continue;
      counts[outline.state] += 1;
      add(runners, outline.runner);
      if (outline.track_id !== null) add(tracks, outline.track_id);
    }
  }
  return {
    counts,
    runners: mostFirst(runners).map(([runner, jobs]) => ({
      ...{ runner, name: runnerName(runner), jobs },
    })),
    tracks: mostFirst(tracks)
      .slice(0, mostTracks)
      .map(([track_id, jobs]) => ({ track_id, jobs })),
    searched,
    whole: whole && tracks.size <= mostTracks,
  };
}

const add = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};

const mostFirst = (counts: ReadonlyMap<string, number>): [string, number][] =>
  [...counts].sort(([, a], [, b]) => b - a);
