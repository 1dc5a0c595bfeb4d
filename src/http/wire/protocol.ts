/**
 * The wire, for both ends: the routes, and the shapes of requests and answers. Bodies are JSON in UTF-8 unless a
 * route says otherwise. Every failure is a problem document (error-codec.ts).
 */
import * as z from 'zod/mini';
import { jobFacetsSchema } from '../../core/model/job/facets.ts';
import { eventTypes } from '../../core/model/job/job-event.ts';
import { jsonObjectSchema, jsonSchema } from '../../core/model/json/json.ts';
import { configHashSchema, segmentSchema, type EntryKey } from '../../core/model/entry/key.ts';
import { manifestSchema } from '../../core/model/entry/manifest.ts';
import { pointerSchema } from '../../core/model/entry/pointer.ts';
import { mostPieceBytes } from '../../core/model/job/log-piece.ts';
import { limitChecks } from '../../core/model/job/page.ts';
import { submitRequestSchema } from '../../core/model/request/submit-request.ts';

/**
 * Route patterns. A parameter is one path segment, percent-decoded. Before decoding, a track may take 600
 * characters. `:file` of the pointers is `<track>.json`. `*` is a path of one or more segments. A route with
 * `GET` also has `HEAD`.
 */
export const routes = {
  /** POST: submission → 202 job, `Location`. GET: jobsQuery → jobsAnswer. */
  jobs: '/echo/jobs',
  /** GET: facetsQuery → facetCounts. */
  facets: '/echo/jobs/facets',
  /** POST: manyRequest → manyChanged. */
  cancelMany: '/echo/jobs/cancel',
  /** POST: manyRequest → manyChanged. */
  retryMany: '/echo/jobs/retry',
  /** GET: jobQuery → job. DELETE: cancels → job. */
  job: '/echo/jobs/:id',
  /** POST → 202 job (the new one), `Location`. */
  retry: '/echo/jobs/:id/retry',
  /**
   * GET: logQuery → text/plain. With a query, the answer is one piece. Its headers give where it begins, where the next
   * piece begins (the same byte if there is no more yet), and the size of the log. Without one, the answer is all that was
   * written so far.
   */
  log: '/echo/jobs/:id/log',
  /** GET → jobExplanation. */
  explainJob: '/echo/jobs/:id/explain',
  /** GET: eventsQuery → server-sent events of one job. The event `end` closes the stream when the job has ended. */
  jobEvents: '/echo/jobs/:id/events',
  /**
   * GET: eventsQuery → server-sent events of all jobs, without end. If no event is named, they begin with the next
   * one. The header `cab-last-event` gives the last event before the answer.
   */
  events: '/echo/events',
  /** POST: submission → explanation. */
  explain: '/echo/explain',
  /** GET: entryQuery → entryDetail. A caller may give any word as config hash, so no path of its own is free for it. */
  entryDetail: '/echo/entry',
  /** GET → rootReports. */
  reports: '/echo/reports',
  /** GET: gcPlanQuery → gcPlan. */
  gcPlan: '/echo/gc-plan',
  /** GET → queueAnswer. PUT: queueRequest → queueAnswer. */
  queue: '/echo/queue',
  /** GET: statsQuery → stats. */
  stats: '/echo/stats',
  /** GET: trackPageQuery → trackPage. */
  trackPage: '/echo/tracks',
  /** GET → tracksAnswer. */
  tracks: '/echo/index',
  /** GET → pointer. */
  pointer: '/echo/index/:file',
  /** GET: historyQuery → historyAnswer. */
  history: '/echo/index/:track/history.json',
  /** GET → the entry's manifest, for callers that do not know the names of its files. PUT: manifest → takenEntry. */
  entry: '/echo/:config_hash/:source_hash',
  /**
   * GET → the bytes of the artifact, of the manifest, or of another file of the entry. PUT: the bytes of a file of an entry whose
   * manifest will follow.
   */
  file: '/echo/:config_hash/:source_hash/*',
  /** GET → the page, for people with a browser. */
  start: '/',
  /** GET → the same page. It reads from its address what to show. */
  page: '/ui/*',
  /** GET → a script or a style of the page. */
  pageAsset: '/ui/assets/:file',
  health: '/healthz',
  ready: '/readyz',
  metrics: '/metrics',
  openapi: '/openapi.json',
} as const;

const segment = encodeURIComponent;

/** Paths of requests. Track ids must be well-formed (`String.isWellFormed`). */
export const paths = {
  jobs: routes.jobs,
  facets: routes.facets,
  cancelMany: routes.cancelMany,
  retryMany: routes.retryMany,
  job: (id: string) => `/echo/jobs/${segment(id)}`,
  retry: (id: string) => `/echo/jobs/${segment(id)}/retry`,
  explainJob: (id: string) => `/echo/jobs/${segment(id)}/explain`,
  log: (id: string) => `/echo/jobs/${segment(id)}/log`,
  jobEvents: (id: string) => `/echo/jobs/${segment(id)}/events`,
  events: routes.events,
  explain: routes.explain,
  stats: routes.stats,
  tracks: routes.tracks,
  pointer: (track_id: string) => `/echo/index/${segment(track_id)}.json`,
  history: (track_id: string) => `/echo/index/${segment(track_id)}/history.json`,
  entry: ({ config_hash, source_hash }: EntryKey) =>
    `/echo/${segment(config_hash)}/${segment(source_hash)}`,
  file: (key: EntryKey, path: string) =>
    `${paths.entry(key)}/${path.split('/').map(segment).join('/')}`,
} as const;

export const jsonType = 'application/json; charset=utf-8';
export const problemType = 'application/problem+json; charset=utf-8';
export const eventStreamType = 'text/event-stream; charset=utf-8';
/** Headers of an answer with a piece of a log, in bytes: where it begins, where the next one begins. */
export const logFromHeader = 'cab-log-from';
export const logNextHeader = 'cab-log-next';
/** Header of an answer with a log or a piece of it: the bytes of the whole log. */
export const logSizeHeader = 'cab-log-size';
/** Header of an answer with the events of all jobs: the last event before it. */
export const lastEventHeader = 'cab-last-event';
/** The event that closes the events of a job. Its data is empty. A stream that ends without it was cut off. */
export const endOfEvents = 'end';

/** `Prefer` of a client that wants an error, not a failed job, for input that cannot succeed. */
export const strictHandling = 'handling=strict';

/** Seconds. The server cuts a longer wait to this, and the client asks again. */
export const longestWait = 60;

/**
 * The body of a submission, without `features`. submission-body.ts cuts that member out of the text before the rest
 * is parsed, so that its digits survive, and makes a SubmitRequest of both.
 */
const submissionFieldsSchema = z.omit(submitRequestSchema, {
  features_bytes: true,
  features_digested: true,
});
/** The whole body, as the OpenAPI document shows it. */
export const submissionSchema = z.extend(submissionFieldsSchema, {
  /** The input itself, instead of `features_path`. */
  features: z.optional(jsonSchema),
  /** Bytes that are not text, instead of `features_path`. */
  features_base64: z.optional(z.string()),
});

const count = z.int().check(z.nonnegative());
const inQuery = (least: number, most: number) =>
  z.optional(z.coerce.number().check(z.int(), z.minimum(least), z.maximum(most)));
const limit = z.optional(z.coerce.number().check(...limitChecks));
const seconds = z.coerce.number().check(z.nonnegative());

/** `wait`: seconds, may be a fraction. The answer waits until the job has ended or the time is up. */
export const jobQuerySchema = z.strictObject({ wait: z.optional(seconds) });
/** One piece: from the byte `from` on, or the last `tail` bytes; at most `bytes`. */
export const logQuerySchema = z
  .strictObject({
    from: inQuery(0, Number.MAX_SAFE_INTEGER),
    tail: inQuery(1, Number.MAX_SAFE_INTEGER),
    bytes: inQuery(1, mostPieceBytes),
  })
  .check(
    z.refine(({ from, tail }) => from === undefined || tail === undefined, {
      path: ['tail'],
      error: 'from is given as well',
    }),
  );
/**
 * `after`: a `seq`. The header `Last-Event-ID` overrides it. If neither is given, the events of one job begin with
 * its first, and the events of all jobs with the next.
 */
export const eventsQuerySchema = z.strictObject({ after: inQuery(0, Number.MAX_SAFE_INTEGER) });
/** `since`: the latest thirty days if it is not given. */
export const statsQuerySchema = z.strictObject({ since: jobFacetsSchema.shape.since });
export const entryQuerySchema = z.strictObject({
  config_hash: configHashSchema,
  source_hash: segmentSchema,
});
/** `limit`: removals that are listed; 200 if not given. */
export const gcPlanQuerySchema = z.strictObject({ limit });
export const historyQuerySchema = z.strictObject({ limit });

/** The `data` of a server-sent event, whatever its type. Its `id` is `seq`, and its `event` is `type`. */
export const jobEventSchema = z.object({
  seq: count,
  job_id: z.string(),
  at: z.string(),
  type: z.enum(eventTypes),
  attempt: count,
  data: jsonObjectSchema,
});

export const pointerAnswerSchema = pointerSchema;
export const tracksAnswerSchema = z.object({
  tracks: z.array(pointerSchema),
  /** Pointers that the daemon cannot understand, by their paths below the root. */
  unreadable: z.array(z.object({ file: z.string(), error: z.string() })),
});
export const historyAnswerSchema = z.object({
  history: z.array(z.extend(pointerSchema, { job_id: z.string(), at: z.string() })),
});
export const manifestAnswerSchema = manifestSchema;
