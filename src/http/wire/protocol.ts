/**
 * The wire, for both ends: where things lie, and what goes to and fro. Bodies are JSON in UTF-8 unless a route says
 * otherwise; every failure is a problem document (error-codec.ts).
 */
import * as z from 'zod/mini';
import type { Explanation } from '../../core/model/explanation.ts';
import { eventTypes, jobStates } from '../../core/model/job.ts';
import { jobDocumentSchema } from '../../core/model/job-document.ts';
import { jsonObjectSchema, jsonSchema } from '../../core/model/json.ts';
import { configHashSchema, segmentSchema, type EntryKey } from '../../core/model/key.ts';
import { manifestSchema } from '../../core/model/manifest.ts';
import { pointerSchema } from '../../core/model/pointer.ts';
import { cursorSchema, limitChecks } from '../../core/model/page.ts';
import { submitRequestSchema } from '../../core/model/submit-request.ts';

/**
 * Route patterns. A parameter is one path segment, percent-decoded; a track may need 600 characters before
 * that. `:file` of the pointers is `<track>.json`. `*` is a path of one or more segments. Where `GET` is, `HEAD` is too.
 */
export const routes = {
  /** POST: submission → 202 job, `Location`. GET: jobsQuery → jobsAnswer. */
  jobs: '/echo/jobs',
  /** GET: jobQuery → job. DELETE: cancels → job. */
  job: '/echo/jobs/:id',
  /** POST → 202 job (the new one), `Location`. */
  retry: '/echo/jobs/:id/retry',
  /**
   * GET: logQuery → text/plain. With `from`, one piece, and the header `cab-log-next` says at which byte the
   * next begins (the same byte where there is no more yet); without, all that was written so far.
   */
  log: '/echo/jobs/:id/log',
  /** GET: eventsQuery → server-sent events of one job; closes with the event `end` once the job has ended. */
  jobEvents: '/echo/jobs/:id/events',
  /**
   * GET: eventsQuery → server-sent events of all jobs, without end; from now on where no event is named. The header
   * `cab-last-event` says which event was the last before the answer.
   */
  events: '/echo/events',
  /** POST: submission → explanation. */
  explain: '/echo/explain',
  /** GET → tracksAnswer. */
  tracks: '/echo/index',
  /** GET → pointer. */
  pointer: '/echo/index/:file',
  /** GET: historyQuery → historyAnswer. */
  history: '/echo/index/:track/history.json',
  /** GET → the entry's manifest, for callers that do not know how its files are named. */
  entry: '/echo/:config_hash/:source_hash',
  /** GET → the bytes of the artifact, of the manifest, or of another file of the entry. */
  file: '/echo/:config_hash/:source_hash/*',
  health: '/healthz',
  ready: '/readyz',
  metrics: '/metrics',
  openapi: '/openapi.json',
} as const;

const segment = encodeURIComponent;

/** Paths of requests. Track ids must be well-formed (`String.isWellFormed`). */
export const paths = {
  jobs: routes.jobs,
  job: (id: string) => `/echo/jobs/${segment(id)}`,
  retry: (id: string) => `/echo/jobs/${segment(id)}/retry`,
  log: (id: string) => `/echo/jobs/${segment(id)}/log`,
  jobEvents: (id: string) => `/echo/jobs/${segment(id)}/events`,
  events: routes.events,
  explain: routes.explain,
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
/** Of an answer with a piece of a log. */
export const logNextHeader = 'cab-log-next';
/** Of an answer with the events of all jobs: the last event before it. */
export const lastEventHeader = 'cab-last-event';
/** Closes the events of a job; its data is empty. A stream that ends without it was broken off. */
export const endOfEvents = 'end';

/** `Prefer` of a client that wants content which cannot succeed refused, not made a job that has ended. */
export const strictHandling = 'handling=strict';

/** Seconds; a longer wait is cut to this by the server, and the client asks again. */
export const longestWait = 60;

/**
 * Body of a submission, without `features`: submission-body.ts cuts that member out of the text before the rest is
 * parsed, so that its digits survive, and makes a SubmitRequest of both.
 */
const submissionFieldsSchema = z.omit(submitRequestSchema, {
  features_bytes: true,
  features_digested: true,
});
/** The body as a whole, as the OpenAPI document shows it. */
export const submissionSchema = z.extend(submissionFieldsSchema, {
  /** The input itself, in place of `features_path`. */
  features: z.optional(jsonSchema),
  /** Bytes that are no text, in place of `features_path`. */
  features_base64: z.optional(z.string()),
});

const count = z.int().check(z.nonnegative());
const inQuery = (least: number, most: number) =>
  z.optional(z.coerce.number().check(z.int(), z.minimum(least), z.maximum(most)));
const limit = z.optional(z.coerce.number().check(...limitChecks));
const seconds = z.coerce.number().check(z.nonnegative());

/** Numbers of a query come as text. */
export const jobsQuerySchema = z.strictObject({
  status: z.optional(z.enum(jobStates)),
  track: z.optional(z.string()),
  limit,
  cursor: z.optional(cursorSchema),
});
/** `wait`: seconds, a fraction allowed; holds until the job has ended or the time is up. */
export const jobQuerySchema = z.strictObject({ wait: z.optional(seconds) });
/** Bytes. */
export const logQuerySchema = z.strictObject({ from: inQuery(0, Number.MAX_SAFE_INTEGER) });
/**
 * `after`: a `seq`; the header `Last-Event-ID` wins over it. Where neither is given, the events of one job begin with the
 * first, and those of all jobs with the next.
 */
export const eventsQuerySchema = z.strictObject({ after: inQuery(0, Number.MAX_SAFE_INTEGER) });
export const historyQuerySchema = z.strictObject({ limit });

export const jobSchema = jobDocumentSchema;

export const jobsAnswerSchema = z.object({
  /** Of all jobs, whatever the query. */
  counts: z.object({ pending: count, running: count, done: count, error: count, canceled: count }),
  jobs: z.array(jobDocumentSchema),
  next: z.nullable(z.string()),
});

const entryKeySchema = z.object({ config_hash: configHashSchema, source_hash: segmentSchema });

export const explanationSchema = z.object({
  hit: z.boolean(),
  key: entryKeySchema,
  entry: z.nullable(entryKeySchema),
  config: z.nullable(jsonObjectSchema),
  closest: z.nullable(
    z.object({
      key: entryKeySchema,
      /** `wanted` or `found` is absent where that side has no such field. */
      differences: z.array(
        z.object({
          field: z.string(),
          wanted: z.optional(jsonSchema),
          found: z.optional(jsonSchema),
        }),
      ),
    }),
  ),
  older: z._default(z.nullable(entryKeySchema), null),
  partial: z._default(z.boolean(), false),
});

/** The fields that JSON leaves out, back as `undefined`. */
export const explanationOf = ({
  closest,
  older,
  partial,
  ...answer
}: z.infer<typeof explanationSchema>): Explanation => ({
  ...answer,
  closest: closest && {
    ...closest,
    differences: closest.differences.map(({ field, wanted, found }) => ({ field, wanted, found })),
  },
  older,
  partial,
});

/** The `data` of a server-sent event; its `id` is `seq`, its `event` is `type`. */
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
  /** Pointers that say nothing the daemon understands, by their paths below the root. */
  unreadable: z.array(z.object({ file: z.string(), error: z.string() })),
});
export const historyAnswerSchema = z.object({
  history: z.array(z.extend(pointerSchema, { job_id: z.string(), at: z.string() })),
});
export const manifestAnswerSchema = manifestSchema;
