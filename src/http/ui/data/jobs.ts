/** What the daemon says about jobs. */
import * as is from './shape.ts';
import { ask, query, send, type Asking } from './request.ts';

export const states = ['pending', 'running', 'done', 'error', 'canceled'] as const;
export type State = (typeof states)[number];

export const countsShape = is.object({
  pending: is.number,
  running: is.number,
  done: is.number,
  error: is.number,
  canceled: is.number,
});

const instant = is.nullable(is.string);

export const jobShape = is.object({
  job_id: is.string,
  status: is.oneOf(states),
  error: instant,
  result: is.nullable(
    is.object({ artifact_path: is.string, manifest_path: is.string, etag: is.string }),
  ),
  problem: is.nullable(
    is.object({ code: is.string, hint: is.string, details: is.record(is.unknown) }),
  ),
  cached: is.boolean,
  config_hash: is.string,
  source_hash: is.string,
  track_id: is.nullable(is.string),
  run_id: is.string,
  runner: is.string,
  features_path: is.string,
  needs: is.list(is.string),
  priority: is.number,
  force: is.boolean,
  attempts: is.number,
  max_attempts: is.number,
  timeout_s: is.nullable(is.number),
  submitted_at: is.string,
  started_at: instant,
  finished_at: instant,
  run_at: instant,
});
export type Job = is.Of<typeof jobShape>;

const pageShape = is.object({
  counts: countsShape,
  jobs: is.list(jobShape),
  next: is.nullable(is.string),
});

/** What a list of jobs is narrowed to. Empty: any. */
export interface Facets {
  readonly status: string;
  readonly runner: string;
  readonly track: string;
  readonly since: string;
  readonly until: string;
  readonly q: string;
}

export const listJobs = (
  facets: Partial<Facets> & { limit?: number; cursor?: string },
  asking?: Asking,
) => ask(pageShape, `/echo/jobs${query(facets)}`, asking);

const facetsShape = is.object({
  counts: countsShape,
  runners: is.list(is.object({ runner: is.string, name: is.string, jobs: is.number })),
  tracks: is.list(is.object({ track_id: is.string, jobs: is.number })),
  searched: is.number,
  whole: is.boolean,
});

export const countFacets = (facets: Partial<Facets>, asking?: Asking) =>
  ask(facetsShape, `/echo/jobs/facets${query({ ...facets })}`, asking);

const jobPath = (id: string): string => `/echo/jobs/${encodeURIComponent(id)}`;

export const getJob = (id: string, asking?: Asking) => ask(jobShape, jobPath(id), asking);
export const cancelJob = (id: string) => ask(jobShape, jobPath(id), { method: 'DELETE' });
export const retryJob = (id: string) => ask(jobShape, `${jobPath(id)}/retry`, { method: 'POST' });
export const logPath = (id: string): string => `${jobPath(id)}/log`;
export const jobEventsPath = (id: string): string => `${jobPath(id)}/events`;
export const openJobEvents = (id: string, asking: Asking) => send(jobEventsPath(id), asking);

const manyShape = is.object({
  matched: is.number,
  changed: is.number,
  refused: is.list(is.object({ job_id: is.string, error: is.string, detail: is.string })),
  next: is.nullable(is.string),
  whole: is.boolean,
});
export type ManyAnswer = is.Of<typeof manyShape>;

/** Cancels or retries the jobs that fit, or counts them (`dry_run`). */
export function changeMany(
  what: 'cancel' | 'retry',
  facets: Partial<Facets>,
  more: { dry_run: boolean; cursor?: string },
): Promise<ManyAnswer> {
  const given = Object.entries(facets).filter(([, value]) => value !== '');
  return ask(manyShape, `/echo/jobs/${what}`, {
    method: 'POST',
    body: { ...Object.fromEntries(given), ...more },
  });
}

const keyShape = is.object({ config_hash: is.string, source_hash: is.string });
export type Key = is.Of<typeof keyShape>;

const explanationShape = is.object({
  reason: is.nullable(is.string),
  key: keyShape,
  config: is.nullable(is.record(is.unknown)),
  closest: is.nullable(
    is.object({
      key: keyShape,
      created_at: is.nullable(is.string),
      differences: is.list(
        is.object({
          field: is.string,
          wanted: is.unknown,
          found: is.unknown,
        }),
      ),
    }),
  ),
  partial: is.boolean,
  /** The body of `POST /echo/jobs` that repeats the job. */
  request: is.nullable(is.record(is.unknown)),
  kept: is.nullable(is.boolean),
});
export type Explanation = is.Of<typeof explanationShape>;

export const explainJob = (id: string, asking?: Asking) =>
  ask(explanationShape, `${jobPath(id)}/explain`, asking);
