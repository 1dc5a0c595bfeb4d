/** One call of a runner: what it is given, what is heard of it, and when it began and ended. */
import { join } from 'node:path';
import type { JobSpec, RunningJob } from '../../model/job/job.ts';
import type {
  Runner,
  RunnerCall,
  RunnerContext,
  RunnerProgress,
  RunnerResult,
} from '../../ports/runner.ts';
import type { Staging } from '../../ports/workspace.ts';
import type { LogStore } from '../../ports/log-store.ts';
import type { LeftProcess } from '../../../support/process/left-running.ts';
import { OutputEvents, type RecordOutput } from './output-events.ts';
import type { ReadEvidence } from './read-evidence.ts';

/** Where what the runner says goes. */
export interface RunServices {
  readonly logs: LogStore;
  /** As `RunnerContext`. */
  readonly killGraceMs?: number;
  readonly onProgress: (progress: RunnerProgress) => void;
  /** Never rejects. */
  readonly onOutput: RecordOutput;
  readonly onLeftRunning: (left: readonly LeftProcess[]) => void;
}

interface BoundedRun {
  readonly result: RunnerResult;
  /** ISO 8601, UTC. */
  readonly started_at: string;
  readonly ended_at: string;
}

export async function run(
  job: RunningJob,
  runner: Runner,
  { database }: Pick<ReadEvidence, 'database'>,
  staging: Staging,
  services: RunServices,
  signal: AbortSignal,
): Promise<BoundedRun> {
  const log = services.logs.begin(job.id, job.attempts);
  const events = new OutputEvents(services.onOutput);
  const context: RunnerContext = {
    signal,
    log: (stream, text) => {
      log.write(text);
      events.write(stream, text);
    },
    progress: services.onProgress,
    leftRunning: services.onLeftRunning,
    ...(database !== undefined && { database }),
    ...(job.spec.declared !== undefined && { env: job.spec.declared.env }),
    ...(services.killGraceMs !== undefined && { killGraceMs: services.killGraceMs }),
  };
  try {
    const call = callOf(job.spec, staging);
    signal.throwIfAborted();
    const started_at = new Date().toISOString();
    const result = await runner.run(call, context);
    const ended_at = new Date().toISOString();
    signal.throwIfAborted();
    return { result, started_at, ended_at };
  } finally {
    await log.close();
    await events.close();
  }
}

function callOf(spec: JobSpec, { dir, artifactDir }: Staging): RunnerCall {
  return {
    features_path: spec.input.path,
    out_root: dir,
    track_id: spec.track_id,
    run_id: spec.run_id,
    ...spec.key,
    db_path: spec.db_path,
    db_hash: spec.db_hash,
    probe_kwargs: spec.probe,
    runner_kwargs: spec.runner_kwargs,
    artifact_path: join(artifactDir, spec.artifact_name),
    manifest_path: join(artifactDir, spec.manifest_name),
  };
}
