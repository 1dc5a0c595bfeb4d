import { isCabError } from '../model/errors.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { IsLive } from '../ports/workspace.ts';

/**
 * Asks the job store which attempts run. A job that cannot be read may be running: what it left stays until the store is
 * repaired.
 */
export const liveIn =
  (store: JobStore): IsLive =>
  async (job_id, attempt) => {
    try {
      const job = await store.get(job_id);
      return job?.state === 'running' && job.attempts === attempt;
    } catch (error) {
      if (isCabError(error, 'queue_unreadable')) return true;
      throw error;
    }
  };
