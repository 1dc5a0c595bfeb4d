import { shownRunner } from '../../model/request/queued-command.ts';
import type { EntryKey } from '../../model/entry/key.ts';
import type { JobDocument, JobProblem } from '../../model/job/job-document.ts';
import type { Job, JobFailure, Owner, RunningJob } from '../../model/job/job.ts';

export interface ShownJobContext {
  /** The path of a file of an entry, for `artifact_path` and `manifest_path`. */
  readonly place: (key: EntryKey, name: string) => string;
  /** Whether a process is known to have ended. */
  readonly isDead: (owner: Owner) => boolean;
}

/** A job as clients see it. The order of the fields is that of the printed document. */
export function shownJob(job: Job, { place, isDead }: ShownJobContext): JobDocument {
  const job_id = job.id;
  const facts = factsOf(job);
  const nothing = {
    error: null,
    result: null,
    problem: null,
    cached: false,
    upstream: null,
  } as const;
  switch (job.state) {
    case 'pending': {
      const { run_at, failure } = job;
      const times = { started_at: null, finished_at: null, run_at };
      return { job_id, status: 'pending', ...nothing, ...told(failure), ...facts, ...times };
    }
    case 'running': {
      const { started_at, owner } = job;
      const failure = isDead(owner) ? abandoned(job) : null;
      const times = { started_at, finished_at: null, run_at: null };
      return { job_id, status: 'running', ...nothing, ...told(failure), ...facts, ...times };
    }
    case 'done': {
      const { result: entry, cached } = job;
      const result = {
        artifact_path: place(entry, entry.artifact),
        manifest_path: place(entry, entry.manifest),
        etag: entry.etag,
      };
      const { config_hash, source_hash } = entry;
      const known = { ...facts, config_hash, source_hash, ...endOf(job) };
      return {
        job_id,
        status: 'done',
        ...nothing,
        result,
        cached,
        upstream: entry.upstream ?? null,
        ...known,
      };
    }
    case 'error': {
      const { failure } = job;
      const error = { error: failure.message, problem: problemOf(failure) };
      return { job_id, status: 'error', ...nothing, ...error, ...facts, ...endOf(job) };
    }
    case 'canceled':
      return { job_id, status: 'canceled', ...nothing, ...facts, ...endOf(job) };
    default:
      return job satisfies never;
  }
}

const factsOf = ({ spec, priority, attempts, max_attempts, submitted_at }: Job) => ({
  config_hash: spec.key.config_hash,
  source_hash: spec.key.source_hash,
  track_id: spec.track_id,
  run_id: spec.run_id,
  runner: shownRunner(spec.runner),
  kind: spec.kind ?? null,
  needs: spec.needs ?? [],
  features_path: spec.input.path,
  priority,
  force: spec.force,
  attempts,
  max_attempts,
  timeout_s: spec.timeout_ms === null ? null : spec.timeout_ms / 1000,
  submitted_at,
});

const endOf = ({
  started_at,
  finished_at,
}: {
  readonly started_at: string | null;
  readonly finished_at: string;
}) => ({ started_at, finished_at, run_at: null });

const told = (failure: JobFailure | null) =>
  failure === null
    ? { error: null, problem: null }
    : { error: failure.message, problem: problemOf(failure) };

const problemOf = ({ code, hint, details }: JobFailure): JobProblem => ({
  code,
  hint,
  details: { ...details },
});

/** The failure of a job whose worker died unnoticed. The next process that works on the root takes the job up. */
const abandoned = ({ id, owner }: RunningJob): JobFailure => ({
  code: 'crashed',
  message: `the worker of job ${id} (process ${owner.pid}) has died`,
  hint: 'A daemon takes the job up again, or a worker that adopts what others left.',
  details: { field: 'owner', job: id, owner },
});
