/** Checks whether a job store can be read whole: it reads each job as a command would, then runs the store's own check. */
import { CabError } from '../model/errors.ts';
import type { StepProgress } from '../model/report/step-progress.ts';
import type { JobStore } from '../ports/jobs/job-store.ts';
import type { JobAccess } from '../ports/maintenance/maintained-root.ts';
import type { Pace } from '../../support/time/pace.ts';

export interface HealthOptions {
  readonly pace: Pace;
  readonly onProgress: (progress: StepProgress) => void;
}

/** All are undefined if there is no job store. */
export interface JobStoreHealth {
  readonly damage?: CabError;
  /** How many there are. */
  readonly jobs?: number;
  /** Results that it keeps because their files are not flushed. */
  readonly unwritten?: number;
}

/** Any error of the store counts as damage; `queue_unreadable` means that its content is lost. */
export async function jobStoreHealth(
  access: JobAccess,
  options: HealthOptions,
): Promise<JobStoreHealth> {
  try {
    const store = await access.existing();
    if (store === undefined) return {};
    const jobs = await readable(store, access, options);
    const [damage] = await soundness(store, jobs, options);
    if (damage !== undefined) return { damage: damaged(access, damage) };
    return { jobs, unwritten: (await store.unwritten?.count()) ?? 0 };
  } catch (error) {
    if (!(error instanceof CabError)) throw error;
    return { damage: error };
  }
}

/** Returns how many jobs there are. A row may be sound for the store and still hold no job. Throws queue_unreadable. */
async function readable(
  store: JobStore,
  access: JobAccess,
  { pace, onProgress }: HealthOptions,
): Promise<number> {
  const total = Object.values(await store.counts()).reduce((sum, jobs) => sum + jobs, 0);
  let jobs = 0;
  for (let before: string | undefined; ;) {
    const page = await store.list({ limit: pageSize, ...(before !== undefined && { before }) });
    const last = page.at(-1)?.id;
    if (last === undefined) return jobs;
    // A damaged index that leads backwards would never end.
    if (before !== undefined && last >= before)
      throw damaged(access, `job ${last} is out of order`);
    before = last;
    jobs += page.length;
    onProgress({ step: 'reading jobs', done: jobs, total });
    if (pace.isDue) await pace.rest();
  }
}

/** Runs last, because it may block this thread for long. Before that, the terminal gets time to draw a line. */
async function soundness(
  store: JobStore,
  jobs: number,
  { pace, onProgress }: HealthOptions,
): Promise<readonly string[]> {
  onProgress({ step: 'checking the pages of the job store', done: 0, total: undefined });
  if (jobs > pageSize) await pace.rest(drawnMs);
  return store.check();
}

/** Milliseconds. The pause lets the terminal draw the line of progress before a step that blocks this thread. */
const drawnMs = 200;

const pageSize = 500;

const damaged = ({ where }: JobAccess, damage: string): CabError =>
  new CabError('queue_unreadable', `the job store ${where} is damaged: ${damage}`);
