/**
 * One attempt at a claimed job: hit or run, then publish; running-attempt.ts points and settles. Each step leaves the root such that
 * a kill right after it loses nothing: the job still runs on paper, and whoever takes it up finds the entry
 * standing or computes it again.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { EntryStore, StagedEntry } from '../cas/entry-store.ts';
import type { Layout } from '../cas/layout.ts';
import { artifactHome } from '../cas/staging.ts';
import { CabError, errnoOf } from '../errors.ts';
import { failpoint } from '../failpoints.ts';
import { fingerprintOf } from '../hashing/fingerprint.ts';
import { hashInput } from '../hashing/hash-input.ts';
import { formatKey, sameKey } from '../model/key.ts';
import type { JobResult, JobSpec, RunningJob } from '../model/job.ts';
import type { JobStore, Settlement } from '../queue/job-store.ts';
import { findHit, resultOf } from './hits.ts';
import { inPlace, InputKeeper } from './input-keeper.ts';
import { AttemptLog } from './job-log.ts';
import type { LeftProcess } from './left-running.ts';
import type { Publisher } from './publisher.ts';
import { refuseDifference } from './reproducibility.ts';
import { OutputEvents, type RecordOutput } from './output-events.ts';
import type {
  Runner,
  RunnerCall,
  RunnerContext,
  RunnerIdentity,
  RunnerProgress,
} from './runner.ts';
import type { RunnerPool } from './runner-pool.ts';

export interface AttemptServices {
  readonly layout: Layout;
  readonly entries: EntryStore;
  readonly store: JobStore;
  readonly runners: RunnerPool;
  readonly publisher: Publisher;
  readonly version: string;
  /** The runner has ended: what remains of the attempt is the engine's own work, and another may begin. */
  readonly onRan: () => void;
  readonly onProgress: (progress: RunnerProgress) => void;
  /** Never rejects. */
  readonly onOutput: RecordOutput;
  readonly onLeftRunning: (left: readonly LeftProcess[]) => void;
}

/** Resolves with how to settle the job; rejects with why it failed. */
export async function attempt(
  claimed: RunningJob,
  services: AttemptServices,
  signal: AbortSignal,
): Promise<Settlement> {
  const { entries, store, layout } = services;
  const job = { ...claimed, spec: inPlace(claimed.spec, layout) };
  failpoint('job.claimed');
  const hit = job.spec.force ? undefined : await findHit(job.spec.key, entries, store, signal);
  const result = hit ?? (await compute(await withInput(job, services), services, signal));
  return { state: 'done', result, cached: hit !== undefined };
}

/** Input that came with the job is put into the file that the job names. */
async function withInput(job: RunningJob, { layout, store }: AttemptServices): Promise<RunningJob> {
  const { input } = job.spec;
  const text = input.kept ? await store.input(job.id) : undefined;
  if (text === undefined) return job;
  const unfolded = await new InputKeeper(layout).unfold(input.path, text);
  return { ...job, spec: { ...job.spec, input: unfolded } };
}

async function compute(
  job: RunningJob,
  services: AttemptServices,
  signal: AbortSignal,
): Promise<JobResult> {
  const { entries, store, runners, publisher } = services;
  const runner = runners.get(job.spec.runner);
  const identity = await unchanged(job.spec, runner);
  await refuseChangedInput(job.spec, runner, signal);
  const staging = await entries.stage(job.id, job.attempts);
  let isInUse = false;
  const onLeftRunning = (left: readonly LeftProcess[]): void => {
    isInUse = true;
    services.onLeftRunning(left);
  };
  const following = { ...services, onLeftRunning };
  try {
    const staged = await run(job, { runner, identity }, staging.dir, following, signal);
    failpoint('job.ran');
    await refuseChangedInput(job.spec, runner, signal);
    signal.throwIfAborted();
    if (job.spec.force) await refuseDifference(staged, entries, runner.volatileFields, signal);
    // Before it is published: a collection goes by where the keys of running jobs lead.
    if (!sameKey(staged.key, job.spec.key)) await store.remember(job.spec.key, staged.key);
    const { entry } = await publisher.publish(staged, signal);
    return resultOf(entry);
  } finally {
    await staging.discard(isInUse);
  }
}

interface IdentifiedRunner {
  readonly runner: Runner;
  readonly identity: RunnerIdentity;
}

async function run(
  job: RunningJob,
  { runner, identity }: IdentifiedRunner,
  outRoot: string,
  services: AttemptServices,
  signal: AbortSignal,
): Promise<StagedEntry> {
  const log = new AttemptLog(services.layout, job.id, job.attempts);
  const events = new OutputEvents(services.onOutput);
  const context: RunnerContext = {
    signal,
    log: (stream, text) => {
      log.write(text);
      events.write(stream, text);
    },
    progress: services.onProgress,
    leftRunning: services.onLeftRunning,
  };
  try {
    const call = callOf(job.spec, outRoot);
    signal.throwIfAborted();
    const result = await runner.run(call, context).finally(services.onRan);
    signal.throwIfAborted();
    const { version } = services;
    const collected = { job_id: job.id, spec: job.spec, identity, outRoot, result, version };
    return await services.publisher.collect(collected, signal);
  } finally {
    log.close();
    await events.close();
  }
}

function callOf(spec: JobSpec, outRoot: string): RunnerCall {
  const home = artifactHome(outRoot);
  return {
    features_path: spec.input.path,
    out_root: outRoot,
    track_id: spec.track_id,
    run_id: spec.run_id,
    ...spec.key,
    db_path: spec.db_path,
    db_hash: spec.db_hash,
    probe_kwargs: spec.probe,
    runner_kwargs: spec.runner_kwargs,
    artifact_path: join(home, spec.artifact_name),
    manifest_path: join(home, spec.manifest_name),
  };
}

/** The version in the key is that of the code which was there at acceptance; other code has another key. */
async function unchanged(
  { config, runner: spec }: JobSpec,
  runner: Runner,
): Promise<RunnerIdentity> {
  const identity = await runner.identify();
  const { name, version } = identity;
  if (config === null || JSON.stringify(config['runner']) === JSON.stringify({ name, version }))
    return identity;
  throw new CabError(
    'runner_changed',
    `runner ${name} is not what it was when the job was accepted`,
    { details: { runner: spec, accepted: config['runner'], version } },
  );
}

/** The key says what was computed; input that is not what it was when the key was made would make it a lie. */
async function refuseChangedInput(
  { input, key }: JobSpec,
  runner: Runner,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (fingerprintOf(statSync(input.path, { bigint: true })) === input.fingerprint) return;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new CabError(
      'input_not_found',
      `features ${input.path} was removed after the job was accepted`,
      { cause: error, details: { file: input.path } },
    );
  }
  const now = await hashInput(input.path, runner.inputFormat, signal);
  if (now.source_hash === key.source_hash) return;
  throw new CabError(
    'input_changed',
    `features ${input.path} is not what it was when the job was accepted (${formatKey(key)})`,
    {
      details: { file: input.path, expected: key.source_hash, actual: now.source_hash },
    },
  );
}
