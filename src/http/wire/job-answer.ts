/** A job on the wire. */
import * as z from 'zod/mini';
import { knownCode } from '../../core/model/json/known-code.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';
import { jobCountsSchema } from '../../core/model/job/facets.ts';
import { jobStates } from '../../core/model/job/job.ts';

const instant = z.nullable(z.string());
const files = z.object({ artifact_path: z.string(), manifest_path: z.string(), etag: z.string() });
const details = z.record(z.string(), z.unknown());

/**
 * A job in any state, as the OpenAPI document shows it. The first four fields are the reference contract. Times are ISO 8601
 * in UTC.
 */
export const shownJobSchema = z.object({
  job_id: z.string(),
  status: z.enum(jobStates),
  /** What went wrong, for people. Null unless the job failed, waits for its next attempt, or its process is dead. */
  error: z.nullable(z.string()),
  result: z.nullable(files),
  /** The failure for machines: its code in the table of errors, a hint, and facts. */
  problem: z.nullable(z.object({ code: z.string(), hint: z.string(), details })),
  cached: z.boolean(),
  /** Absent in the answer of an older daemon. */
  upstream: z._default(z.nullable(z.string()), null),
  /** The entry's key: the published one if the job is done, else the predicted one. */
  config_hash: z.string(),
  source_hash: z.string(),
  track_id: z.nullable(z.string()),
  run_id: z.string(),
  runner: z.string(),
  /** The kind of job, as the configuration names it; null for a job without one. */
  kind: z._default(z.nullable(z.string()), null),
  /** Labels that a worker must have to take the job. Absent in the answer of an older daemon. */
  needs: z._default(z.readonly(z.array(z.string())), []),
  features_path: z.string(),
  priority: z.number(),
  force: z.boolean(),
  attempts: z.number(),
  max_attempts: z.number(),
  timeout_s: z.nullable(z.number()),
  submitted_at: z.string(),
  started_at: instant,
  finished_at: instant,
  /** When the next attempt is due, while the job waits for it. */
  run_at: instant,
});

const problem = z.object({ code: knownCode('runner_failed'), hint: z.string(), details });
const none = z.null();
const no = z.literal(false);
const open = { error: z.nullable(z.string()), problem: z.nullable(problem), result: none };
const ended = { started_at: instant, finished_at: z.string(), run_at: none };
const fruitless = { result: none, cached: no };

/** A job by its state, as a client reads it. */
export const jobSchema: z.ZodMiniType<JobDocument> = z.discriminatedUnion('status', [
  z.extend(shownJobSchema, {
    ...{ ...open, cached: no, status: z.literal('pending'), started_at: none, finished_at: none },
  }),
  z.extend(shownJobSchema, {
    ...{ ...open, cached: no, status: z.literal('running') },
    ...{ started_at: z.string(), finished_at: none, run_at: none },
  }),
  z.extend(shownJobSchema, {
    ...{ ...ended, status: z.literal('done'), error: none, problem: none, result: files },
  }),
  z.extend(shownJobSchema, {
    ...{ ...ended, ...fruitless, status: z.literal('error'), error: z.string(), problem },
  }),
  z.extend(shownJobSchema, {
    ...{ ...ended, ...fruitless, status: z.literal('canceled'), error: none, problem: none },
  }),
]);

const page = { counts: jobCountsSchema, next: z.nullable(z.string()) };

/** A page of jobs, as the OpenAPI document shows it. `counts` are those of all jobs, whatever the query. */
export const shownJobsSchema = z.object({ ...page, jobs: z.array(shownJobSchema) });

/** A page of jobs, as a client reads it. */
export const jobsSchema = z.object({ ...page, jobs: z.array(jobSchema) });
