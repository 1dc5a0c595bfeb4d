import type { JobFailure, JobResult, JobSpec, Owner } from '../../src/core/model/job/job.ts';
import type { NewJobEvent } from '../../src/core/model/job/job-event.ts';
import type { EntryKey } from '../../src/core/model/entry/key.ts';
import type { ClaimScope, NewJob } from '../../src/core/ports/jobs/job-queue.ts';

export const keyOf = (name: string): EntryKey => ({
  config_hash: `config-${name}`,
  source_hash: `source-${name}`,
});

export const specOf = (name: string, more: Partial<JobSpec> = {}): JobSpec => ({
  input: { path: `/music/${name}.json`, kept: false, fingerprint: '1:2:3:4:5', format: 'json' },
  key: keyOf(name),
  config: { probe: { top_k: 5 }, runner: 'test' },
  config_hash_given: false,
  track_id: `${name}.mp3`,
  run_id: `run-${name}`,
  runner: 'historical-echo',
  db_path: null,
  db_hash: null,
  db_hash_given: false,
  probe: { top_k: 5, weights: [1, 2.5, null] },
  runner_kwargs: {},
  artifact_name: 'historical_echo.json',
  manifest_name: 'manifest.json',
  timeout_ms: 30_000,
  force: false,
  ...more,
});

export const newJob = (
  name: string,
  { spec, ...more }: Partial<Omit<NewJob, 'spec'>> & { spec?: Partial<JobSpec> } = {},
): NewJob => ({
  spec: specOf(name, spec),
  priority: 0,
  max_attempts: 3,
  submitter: null,
  hit: null,
  ...more,
});

export const resultOf = (name: string): JobResult => ({
  ...keyOf(name),
  artifact: 'historical_echo.json',
  manifest: 'manifest.json',
  etag: 'e'.repeat(64),
});

export const failure: JobFailure = {
  code: 'runner_failed',
  message: 'the runner ended with exit code 3',
  hint: 'see the log',
  details: { exit_code: 3, last_lines: ['no memory'] },
};

export const owner = (pid: number): Owner => ({
  machine: 'host/boot-1/pid:[1]',
  pid,
  started: String(pid * 100),
});

export const scopeOf = (who: Owner, more: Partial<ClaimScope> = {}): ClaimScope => ({
  owner: who,
  reach: 'all',
  objects: [],
  lease_ms: 10_000,
  ...more,
});

/** An event of a first attempt. */
export const progress = (fraction: number): NewJobEvent => ({
  type: 'progress',
  attempt: 1,
  data: { fraction, message: null },
});
