import { isCabError } from '../model/errors.ts';
import type { JobRecords } from '../ports/jobs/job-records.ts';
import type { IsLive } from '../ports/workspace.ts';

/** Asks the job store which attempts run. A job that cannot be read counts as running, so that its files stay. */
export const liveIn =
  (store: Pick<JobRecords, 'get'>): IsLive =>
  async (job_id, attempt) => {
    try {
      const job = await store.get(job_id);
      return job?.state === 'running' && job.attempts === attempt;
    } catch (error) {
      if (isCabError(error, 'queue_unreadable')) return true;
      throw error;
    }
  };
