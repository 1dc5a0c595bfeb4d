import { CabError } from '../model/errors.ts';
import type { Job, JobSpec } from '../model/job.ts';
import type { SubmitRequest } from '../model/submit-request.ts';

/** Where the root keeps an input now that was kept under this path; a root may have moved. */
export type KeptInput = (path: string) => string;

/** The request that leads to the same job again; `text` is its input if no file is sure to hold it. @throws CabError not_retryable */
export function resubmission(
  job: Job,
  keptInput: KeptInput,
  text: string | undefined,
): SubmitRequest {
  if (job.state !== 'error' && job.state !== 'canceled') {
    throw new CabError('not_retryable', `job ${job.id} is ${job.state}`, {
      details: { job_id: job.id, status: job.state },
    });
  }
  return requestOf(job, keptInput, text);
}

/** What was once asked for, whatever became of it. */
export function requestOf(job: Job, keptInput: KeptInput, text: string | undefined): SubmitRequest {
  const spec = inPlace(job.spec, keptInput);
  return {
    ...(text === undefined ? { features_path: spec.input.path } : { features_text: text }),
    track_id: spec.track_id,
    untracked: spec.track_id === null,
    run_id: spec.run_id,
    config_hash: spec.config_hash_given ? spec.key.config_hash : null,
    db_path: spec.db_path,
    // A digest that was computed is computed again, for the database may have been mended since.
    db_hash: spec.db_path === null || spec.db_hash_given ? spec.db_hash : null,
    probe: spec.probe,
    runner_kwargs: spec.runner_kwargs,
    priority: job.priority,
    timeout_s: spec.timeout_ms === null ? null : spec.timeout_ms / 1000,
    max_attempts: job.max_attempts,
    force: spec.force,
  };
}

/** The spec with its kept input where the root has it now. */
export function inPlace(spec: JobSpec, keptInput: KeptInput): JobSpec {
  const { input } = spec;
  if (!input.kept) return spec;
  return { ...spec, input: { ...input, path: keptInput(input.path) } };
}
