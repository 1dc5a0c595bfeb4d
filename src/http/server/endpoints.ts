import type { Endpoint } from './endpoint.ts';
import * as entries from './handlers/entries.ts';
import * as entryUploads from './handlers/entry-uploads.ts';
import * as events from './handlers/events.ts';
import * as figures from './handlers/figures.ts';
import * as jobs from './handlers/jobs.ts';
import * as page from './handlers/page.ts';
import * as queue from './handlers/queue.ts';
import * as manyJobs from './handlers/many-jobs.ts';
import * as service from './handlers/service.ts';
import * as submissions from './handlers/submissions.ts';
import * as trackPage from './handlers/track-page.ts';
import * as tracks from './handlers/tracks.ts';
import * as upkeep from './handlers/upkeep.ts';

/** All operations of the API. */
export const endpoints: readonly Endpoint[] = [
  submissions.submit,
  jobs.list,
  figures.facets,
  manyJobs.cancel,
  manyJobs.retry,
  jobs.show,
  jobs.explain,
  jobs.cancel,
  submissions.retry,
  jobs.log,
  events.ofJob,
  events.ofAll,
  submissions.explain,
  queue.show,
  queue.change,
  figures.stats,
  tracks.list,
  trackPage.page,
  tracks.pointer,
  tracks.history,
  upkeep.entry,
  upkeep.reports,
  upkeep.gcPlan,
  entries.manifest,
  entries.file,
  entryUploads.manifest,
  entryUploads.file,
  page.start,
  page.page,
  page.asset,
  service.health,
  service.ready,
  service.metrics,
  service.openapi,
];
