/** Checks each argument of an embedding program once, because the program may be untyped JavaScript. */
import * as z from 'zod/mini';
import type {
  Broker,
  EventQuery,
  JobQuery,
  RetryOptions,
  StatsOptions,
  SubmitOptions,
  WaitOptions,
} from '../../core/engine/broker.ts';
import { jobFacetsSchema, type JobFacets } from '../../core/model/job/facets.ts';
import type { ManyJobs } from '../../core/model/job/many-jobs.ts';
import type { EntryKey } from '../../core/model/entry/key.ts';
import type { SubmitRequest } from '../../core/model/request/submit-request.ts';
import { checked, entryKey, signal } from './checked.ts';

/** The same broker. For an argument of a wrong type it throws invalid_request with the name of the argument, instead of a TypeError later. */
export const checkedBroker = (broker: Broker): Broker => ({
  submit: async (request: SubmitRequest, options?: SubmitOptions) =>
    broker.submit(request, options),
  explain: async (request: SubmitRequest, options?: SubmitOptions) =>
    broker.explain(request, options),
  explainJob: async (id: string) => broker.explainJob(checked(text, 'id', id)),
  job: async (id: string) => broker.job(checked(text, 'id', id)),
  jobs: async (query?: JobQuery) => broker.jobs(checked(jobQuery, 'query', query)),
  facets: async (facets?: JobFacets) => broker.facets(checked(jobFacets, 'facets', facets)),
  counts: () => broker.counts(),
  stats: async (since: string, options?: StatsOptions) =>
    broker.stats(checked(text, 'since', since), checked(signalOptions, 'options', options)),
  wait: async (id: string, options?: WaitOptions) =>
    broker.wait(checked(text, 'id', id), checked(waitOptions, 'options', options)),
  cancel: async (id: string) => broker.cancel(checked(text, 'id', id)),
  retry: async (id: string, options?: RetryOptions) =>
    broker.retry(checked(text, 'id', id), options),
  cancelMany: async (which: ManyJobs) => broker.cancelMany(checked(manyJobs, 'which', which)),
  retryMany: async (which: ManyJobs, options?: RetryOptions) =>
    broker.retryMany(checked(manyJobs, 'which', which), options),
  log: async (id: string, from?: number, most?: number) =>
    broker.log(
      checked(text, 'id', id),
      checked(z.optional(z.int()), 'from', from),
      checked(z.optional(z.int().check(z.minimum(1))), 'most', most),
    ),
  events: (query?: EventQuery) => broker.events(checked(eventQuery, 'query', query)),
  lastEvent: () => broker.lastEvent(),
  pointer: async (track_id: string) => broker.pointer(checked(text, 'track_id', track_id)),
  holdPointer: async (track_id: string) => broker.holdPointer(checked(text, 'track_id', track_id)),
  history: async (track_id: string, limit?: number) =>
    broker.history(checked(text, 'track_id', track_id), limit),
  tracks: () => broker.tracks(),
  manifest: async (key: EntryKey) => broker.manifest(checked(entryKey, 'key', key)),
  open: async (key: EntryKey, name?: string) =>
    broker.open(checked(entryKey, 'key', key), checked(z.optional(text), 'name', name)),
  idle: () => broker.idle(),
  close: () => broker.close(),
});

const text = z.string();
const position = z.optional(z.int().check(z.minimum(0)));

/** Infinity counts as no limit. */
const isTime = (value: unknown): boolean => typeof value === 'number' && value >= 0;
const timeoutMs = z.optional(z.custom<number>(isTime, 'expected milliseconds'));
const waitOptions = z.optional(z.looseObject({ timeoutMs, signal }));
const signalOptions = z.optional(z.looseObject({ signal }));
const eventQuery = z.optional(z.looseObject({ job_id: z.optional(text), after: position, signal }));
const jobFacets = z.optional(z.looseObject(jobFacetsSchema.shape));
const jobQuery = z.optional(
  z.looseObject({
    ...jobFacetsSchema.shape,
    limit: z.optional(z.number()),
    cursor: z.optional(text),
  }),
);
const manyJobs = z.looseObject({
  facets: jobFacets,
  jobs: z.optional(z.array(text)),
  dryRun: z.optional(z.boolean()),
  limit: z.optional(z.number()),
  cursor: z.optional(text),
});
