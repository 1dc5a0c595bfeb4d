import { CabError } from '../model/errors.ts';
import type { Job, JobInput, JobSpec, KeptCopy } from '../model/job/job.ts';
import { currentOwner } from '../../support/process/owner.ts';
import type { SubmitRequest } from '../model/request/submit-request.ts';

/** Gives the current path of a kept input. The root may have moved since the path was recorded. */
export type KeptInput = (path: string) => string;

/**
 * The request that makes the same job again; `text` is its input if the input may be in no file. @throws CabError not_retryable
 */
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

/** The request of the job, whatever its state. */
export function requestOf(job: Job, keptInput: KeptInput, text: string | undefined): SubmitRequest {
  const spec = inPlace(job.spec, keptInput);
  return {
    ...(text === undefined || !spec.input.kept
      ? { features_path: spec.input.path }
      : { features_text: text }),
    track_id: spec.track_id,
    untracked: spec.track_id === null,
    run_id: spec.run_id,
    config_hash: spec.config_hash_given ? spec.key.config_hash : null,
    db_path: spec.db_path,
    // A computed digest is computed again, because the database may have been repaired since.
    db_hash: spec.db_path === null || spec.db_hash_given ? spec.db_hash : null,
    probe: spec.probe,
    runner_kwargs: spec.runner_kwargs,
    priority: job.priority,
    timeout_s: spec.timeout_ms === null ? null : spec.timeout_ms / 1000,
    max_attempts: job.max_attempts,
    force: spec.force,
    ...(spec.needs !== undefined && { needs: [...spec.needs] }),
    ...(spec.declared !== undefined && {
      ...{ inputs: [...spec.declared.inputs], inputs_base: spec.declared.base },
      env: spec.declared.env,
    }),
  };
}

/**
 * The spec with the current paths of what is kept of it. What was named on another machine is the copy that was kept of it: the
 * same path means something else here.
 */
export const inPlace = (spec: JobSpec, keptInput: KeptInput): JobSpec => ({
  ...spec,
  input: inputInPlace(spec.input, keptInput),
  ...databaseInPlace(spec, keptInput),
});

function inputInPlace(input: JobInput, keptInput: KeptInput): JobInput {
  if (input.kept) return { ...input, path: keptInput(input.path) };
  if (!isElsewhere(input.copy)) return input;
  const { format } = input;
  return { path: keptInput(input.copy.place), kept: true, fingerprint: '', format };
}

function databaseInPlace(
  { db_path, db_kept, db_copy }: JobSpec,
  keptInput: KeptInput,
): Pick<JobSpec, 'db_path' | 'db_kept'> | undefined {
  if (db_kept === true && db_path !== null) return { db_path: keptInput(db_path) };
  return isElsewhere(db_copy) ? { db_path: keptInput(db_copy.place), db_kept: true } : undefined;
}

const isElsewhere = (copy: KeptCopy | undefined): copy is KeptCopy =>
  copy !== undefined && copy.machine !== currentOwner().machine;
