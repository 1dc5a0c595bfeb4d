import type { JobDocument } from './job-document.ts';

/** How long a job ran, in milliseconds; 0 for one that did not. */
export const ranFor = ({
  started_at,
  finished_at,
  cached,
}: Pick<JobDocument, 'started_at' | 'finished_at' | 'cached'>): number =>
  cached || started_at === null || finished_at === null
    ? 0
    : Math.max(0, Date.parse(finished_at) - Date.parse(started_at));
