import * as z from 'zod/mini';
import {
  isEnded,
  jobStates,
  type Job,
  type JobFailure,
  type Owner,
  type RunningJob,
} from './job.ts';
import { shownRunner } from '../request/queued-command.ts';
import type { EntryKey } from '../entry/key.ts';

const instant = z.nullable(z.string());

/**
 * A job as clients see it: the response of `GET /echo/jobs/{id}`, and of every command under `--json`. The first four fields
 * are the reference contract. Times are ISO 8601 in UTC.
 */
export const jobDocumentSchema = z.object({
  job_id: z.string(),
  status: z.enum(jobStates),
  /** What went wrong, for people. Null unless the job failed, waits for its next attempt, or its process is dead. */
  error: z.nullable(z.string()),
  result: z.nullable(
    z.object({ artifact_path: z.string(), manifest_path: z.string(), etag: z.string() }),
  ),
  /** The failure for machines: its code in the table of errors, a hint, and facts. */
  problem: z.nullable(
    z.object({ code: z.string(), hint: z.string(), details: z.record(z.string(), z.unknown()) }),
  ),
  cached: z.boolean(),
  /** The upstream that the result was fetched from for this job; null if it was here or was computed. */
  upstream: z._default(z.nullable(z.string()), null),
  /** The entry's key: the published one if the job is done, else the predicted one. */
  config_hash: z.string(),
  source_hash: z.string(),
  track_id: z.nullable(z.string()),
  run_id: z.string(),
  runner: z.string(),
  /** The kind of job, as the configuration names it; null for a job without one. */
  kind: z._default(z.nullable(z.string()), null),
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

export type JobDocument = z.infer<typeof jobDocumentSchema>;

export interface DocumentContext {
  /** The path of a file of an entry, for `artifact_path` and `manifest_path`. */
  readonly place: (key: EntryKey, name: string) => string;
  /** Whether a process is known to have ended. */
  readonly isDead: (owner: Owner) => boolean;
}

export function jobDocument(job: Job, { place, isDead }: DocumentContext): JobDocument {
  const { spec } = job;
  const result = job.state === 'done' ? job.result : null;
  const failure = failureOf(job, isDead);
  const key = result ?? spec.key;
  return {
    job_id: job.id,
    status: job.state,
    error: failure?.message ?? null,
    result: result && {
      artifact_path: place(result, result.artifact),
      manifest_path: place(result, result.manifest),
      etag: result.etag,
    },
    problem: failure && { code: failure.code, hint: failure.hint, details: { ...failure.details } },
    cached: job.state === 'done' && job.cached,
    upstream: result?.upstream ?? null,
    config_hash: key.config_hash,
    source_hash: key.source_hash,
    track_id: spec.track_id,
    run_id: spec.run_id,
    runner: shownRunner(spec.runner),
    kind: spec.kind ?? null,
    features_path: spec.input.path,
    priority: job.priority,
    force: spec.force,
    attempts: job.attempts,
    max_attempts: job.max_attempts,
    timeout_s: spec.timeout_ms === null ? null : spec.timeout_ms / 1000,
    submitted_at: job.submitted_at,
    started_at: job.state === 'pending' ? null : job.started_at,
    finished_at: isEnded(job) ? job.finished_at : null,
    run_at: job.state === 'pending' ? job.run_at : null,
  };
}

function failureOf(job: Job, isDead: DocumentContext['isDead']): JobFailure | null {
  switch (job.state) {
    case 'error':
    case 'pending':
      return job.failure;
    case 'running':
      return isDead(job.owner) ? abandoned(job) : null;
    case 'done':
    case 'canceled':
      return null;
    default:
      return job satisfies never;
  }
}

/** The failure of a job whose worker died unnoticed. The next process that works on the root takes the job up. */
const abandoned = ({ id, owner }: RunningJob): JobFailure => ({
  code: 'crashed',
  message: `the worker of job ${id} (process ${owner.pid}) has died`,
  hint: 'A daemon takes the job up again, or a worker that adopts what others left.',
  details: { field: 'owner', job: id, owner },
});
