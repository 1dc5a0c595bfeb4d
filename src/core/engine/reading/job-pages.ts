import type { JobQuery } from '../broker.ts';
import type { Job } from '../../model/job/job.ts';
import { pageOf } from '../../model/job/page.ts';
import { checkFacets } from '../../model/job/facets.ts';
import type { JobFilter, JobRecords } from '../../ports/jobs/job-records.ts';
import type { LoopTurns } from '../../../support/loop-turns.ts';
import { outlinesInPieces } from '../../publication/outlines.ts';
import { fitOf, searchJobs, storeFilter } from './job-search.ts';

/** Jobs that are read at a time, in some milliseconds. */
const piece = 64;

/** The most jobs that one page looks at. The search takes some tenths of a second, in pieces. */
const mostSearched = 20_000;

export interface PageOfJobs {
  readonly jobs: readonly Job[];
  readonly next: string | null;
}

/** As `Broker.jobs`. */
export async function pageOfJobs(
  store: JobRecords | undefined,
  { limit: asked, cursor: after, ...facets }: JobQuery,
  turns: LoopTurns,
): Promise<PageOfJobs> {
  checkFacets(facets);
  const { limit, cursor } = pageOf({ limit: asked, cursor: after });
  if (store === undefined) return { jobs: [], next: null };
  const filter = storeFilter(facets, cursor);
  const fits = fitOf(facets);
  if (fits === undefined) {
    const found = await listInPieces(store, { ...filter, limit: limit + 1 }, turns);
    const jobs = found.slice(0, limit);
    return { jobs, next: found.length > limit ? (jobs.at(-1)?.id ?? null) : null };
  }
  const within = { limit, most: mostSearched };
  const { ids, next } = await searchJobs(outlinesInPieces(store, filter, turns), fits, within);
  return { jobs: await jobsOf(store, ids, turns), next };
}

/** Jobs that were trimmed meanwhile are left out. */
async function jobsOf(store: JobRecords, ids: readonly string[], turns: LoopTurns): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const [at, id] of ids.entries()) {
    if (at > 0 && at % piece === 0) await turns.next();
    const job = await store.get(id);
    if (job !== undefined) jobs.push(job);
  }
  return jobs;
}

/** As `list` of the store, in pieces. Each piece continues before the last id, so that no job is listed twice. */
async function listInPieces(
  store: JobRecords,
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
