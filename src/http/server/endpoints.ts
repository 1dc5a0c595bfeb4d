import type { Endpoint } from './endpoint.ts';
import * as entries from './handlers/entries.ts';
import * as events from './handlers/events.ts';
import * as jobs from './handlers/jobs.ts';
import * as page from './handlers/page.ts';
import * as service from './handlers/service.ts';
import * as submissions from './handlers/submissions.ts';
import * as tracks from './handlers/tracks.ts';

/** All operations of the API. */
export const endpoints: readonly Endpoint[] = [
  submissions.submit,
  jobs.list,
  jobs.show,
  jobs.cancel,
  submissions.retry,
  jobs.log,
  events.ofJob,
  events.ofAll,
  submissions.explain,
  tracks.list,
  tracks.pointer,
  tracks.history,
  entries.manifest,
  entries.file,
  page.start,
  page.page,
  page.asset,
  service.health,
  service.ready,
  service.metrics,
  service.openapi,
];
