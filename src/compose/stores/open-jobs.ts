import { LazyJobStore } from '../../core/ports/jobs/lazy-job-store.ts';
import { layoutOf } from '../../stores/local/layout.ts';
import type { Logger } from '../../support/logger.ts';
import type { QueuePlace } from './store-choice.ts';

export interface JobsOptions {
  /** Used briefly and not written, so it may be a copy. */
  readonly readOnly: boolean;
  readonly logger?: Logger;
}

/** The job store of a root. Opens nothing yet; what opens it is loaded at the first use. */
export const openJobs = (
  { root, queue }: QueuePlace,
  { readOnly, logger }: JobsOptions,
): LazyJobStore =>
  new LazyJobStore(async (create) => {
    const logged = logger === undefined ? {} : { logger };
    if (queue !== undefined) {
      const { openPostgresJobStore } = await import('../../stores/postgres/open-job-store.ts');
      return openPostgresJobStore({ url: queue.url, create, ...logged });
    }
    const { openJobStore } = await import('../../stores/sqlite/sqlite-job-store.ts');
    return openJobStore({ file: layoutOf(root).jobs, create, look: readOnly, ...logged });
  });
