import { listJobs, type Facets, type Job } from '../../data/jobs.ts';
import type { Asking } from '../../data/request.ts';

const pageLength = 100;
/** A search looks at a bounded number of jobs in one request. After so many requests the reader decides. */
const mostRequests = 6;

export interface FoundJobs {
  readonly jobs: readonly Job[];
  /** Where the search goes on; null if there are no further jobs. */
  readonly next: string | null;
}

/** A page of jobs that fit. It may be short, even empty, though there are further ones. */
export async function searchJobs(
  { cursor, ...facets }: Facets & { cursor: string },
  asking: Asking,
): Promise<FoundJobs> {
  const found: Job[] = [];
  let next: string | null = cursor;
  for (let asked = 0; asked < mostRequests && next !== null; asked += 1) {
    const limit = pageLength - found.length;
    const page: { jobs: Job[]; next: string | null } = await listJobs(
      { ...facets, limit, cursor: next },
      asking,
    );
    found.push(...page.jobs);
    next = page.next;
    if (found.length >= pageLength) break;
  }
  return { jobs: found, next };
}
