/** Cancels many jobs, or submits many again. A job that cannot be changed stops no other. */
import { CabError, isCabError } from '../../model/errors.ts';
import { isEnded } from '../../model/job/job.ts';
import { mostTogether, type ManyChanged, type ManyJobs } from '../../model/job/many-jobs.ts';
import type { JobRecords } from '../../ports/jobs/job-records.ts';
import type { LoopTurns } from '../../../support/loop-turns.ts';
import { cancelable, nothing, retryable, type Selected } from './selection.ts';

/** Jobs that are changed at the same time. They share a commit, which takes some milliseconds. */
const atOnce = 32;

export interface ManyJobsIn {
  /** Undefined if the root has none. */
  readonly store: JobRecords | undefined;
  readonly turns: LoopTurns;
  /** Changes one job, and gives the id of what it is then. */
  readonly change: (id: string) => Promise<string>;
}

export async function cancelMany(
  which: ManyJobs,
  { store, turns, change }: ManyJobsIn,
): Promise<ManyChanged> {
  const find = async () => store && cancelable(which, { store, turns });
  return changeAll(which, find, turns, async (id) => {
    const job = await store?.get(id);
    // One that has ended meanwhile is no failure.
    return job !== undefined && isEnded(job) ? undefined : change(id);
  });
}

export async function retryMany(
  which: ManyJobs,
  { store, turns, change }: ManyJobsIn,
): Promise<ManyChanged> {
  const find = async () => store && retryable(which, { store, turns });
  return changeAll(which, find, turns, change);
}

async function changeAll(
  which: ManyJobs,
  find: () => Promise<Selected | undefined>,
  turns: LoopTurns,
  change: (id: string) => Promise<string | undefined>,
): Promise<ManyChanged> {
  const { ids, ...selected } = namedIn(which) ?? (await find()) ?? nothing;
  const jobs: string[] = [];
  const refused: ManyChanged['refused'] = [];
  const changeOne = async (id: string): Promise<void> => {
    try {
      const changed = await change(id);
      if (changed !== undefined) jobs.push(changed);
    } catch (error) {
      if (!isCabError(error)) throw error;
      refused.push({ job_id: id, error: error.code, detail: error.message });
    }
  };
  const isDry = which.dryRun === true;
  for (let at = 0; at < ids.length && !isDry; at += atOnce) {
    await Promise.all(ids.slice(at, at + atOnce).map(changeOne));
    await turns.next();
  }
  return { dry_run: isDry, ...selected, changed: jobs.length, jobs, refused };
}

/** Undefined if no jobs are named. @throws CabError invalid_request */
function namedIn({ jobs, facets }: ManyJobs): Selected | undefined {
  if (jobs === undefined) return undefined;
  const isBoth = Object.values(facets ?? {}).some((value) => value !== undefined);
  if (isBoth || jobs.length > mostTogether)
    throw new CabError(
      'invalid_request',
      isBoth ? 'jobs: facets are given as well' : `jobs: expected at most ${mostTogether}`,
      { details: { field: 'jobs' } },
    );
  const ids = [...new Set(jobs)];
  return { ids, matched: ids.length, next: null, whole: true };
}
