import { LazyJobStore } from '../../core/ports/jobs/lazy-job-store.ts';
import type { Layout } from '../../stores/local/layout.ts';
import type { Logger } from '../../support/logger.ts';

export interface JobsOptions {
  /** Used briefly and not written, so it may be a copy. */
  readonly readOnly: boolean;
  readonly logger?: Logger;
}

/** The job store of a root. Opens nothing yet; SQLite is loaded at the first use. */
export const openJobs = (
  { jobs: file }: Pick<Layout, 'jobs'>,
  { readOnly, logger }: JobsOptions,
): LazyJobStore =>
  new LazyJobStore(async (create) => {
    const { openJobStore } = await import('../../stores/sqlite/sqlite-job-store.ts');
    return openJobStore({ file, create, look: readOnly, ...(logger && { logger }) });
  });
