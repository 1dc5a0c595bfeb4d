import { CabError } from './errors.ts';

/** What `Broker.wait` throws when the time is up, local or remote. */
export const waitTimeout = (job_id: string, timeoutMs: number): CabError =>
  new CabError('wait_timeout', `job ${job_id} had not ended after ${timeoutMs / 1000} s`, {
    details: { job_id },
    hint: `The job goes on; ask again with: cab status ${job_id}`,
  });
