/**
 * One attempt at a claimed job: find a hit or run the runner, then publish. running-attempt.ts then moves the pointer and
 * settles. A kill after any step loses nothing: the job is still recorded as running, and the worker that takes it up next
 * finds the entry or computes it again.
 */
import { isAbsolute, sep } from 'node:path';
import type { EntryStore } from '../../ports/entry-store.ts';
import { failpoint } from '../../../support/failpoints.ts';
import type { Logger } from '../../../support/logger.ts';
import { sameKey } from '../../model/entry/key.ts';
import type { JobResult, RunningJob } from '../../model/job/job.ts';
import type { InputStore, UnfoldedInput } from '../../ports/input-store.ts';
import type { Settlement } from '../../ports/jobs/job-queue.ts';
import type { JobStore } from '../../ports/jobs/job-store.ts';
import type { Workspace } from '../../ports/workspace.ts';
import { digestsIn } from '../../hashing/file-digests.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { findHitAnywhere } from '../exchange/hit-anywhere.ts';
import { resultOf } from '../../publication/hits.ts';
import { inPlace } from '../../publication/resubmission.ts';
import { fetchDatabase } from '../../publication/kept-database.ts';
import { onceReleased } from '../../publication/once-released.ts';
import type { LeftProcess } from '../../../support/process/left-running.ts';
import type { LightEntry } from '../../ports/made-entry.ts';
import { refuseUnfinished } from '../../hashing/untouched.ts';
import { isLight } from './outcome/gather.ts';
import type { Publisher } from './outcome/publisher.ts';
import { refuseDifference } from './outcome/reproducibility.ts';
import { run, type RunServices } from './one-run.ts';
import type { DeclaredInputs } from '../../ports/declared-inputs.ts';
import type { HashInput } from '../../hashing/hash-input.ts';
import { ReadEvidence, type ReadByRun } from './read-evidence.ts';
import type { Runner } from '../../ports/runner.ts';
import type { RunnerPool } from '../runner-pool.ts';
import type { SharedStamps } from './shared-stamps.ts';

export interface AttemptServices extends RunServices {
  readonly entries: EntryStore;
  readonly workspace: Workspace;
  readonly inputs: InputStore;
  readonly store: JobStore;
  readonly runners: RunnerPool;
  readonly publisher: Publisher;
  /** How much an output may weigh (`weightOf`) to stay in memory, asked when it is there; undefined: it may not. */
  readonly lightUpTo: () => number | undefined;
  /** Undefined: there is no upstream. */
  readonly exchange?: Exchange | undefined;
  /** As that of the broker. */
  readonly hashInput: HashInput;
  readonly declaredInputs?: DeclaredInputs | undefined;
  /** One for all attempts of a worker. */
  readonly stamps: SharedStamps;
  readonly version: string;
  readonly logger: Logger;
  /** Called when the runner has ended. The rest of the attempt is the engine's own work, so another attempt may begin. */
  readonly onRan: () => void;
}

/** What an attempt came to. */
export interface Outcome {
  readonly settlement: Settlement;
  /** The entry, if it is complete and not published. */
  readonly light?: LightEntry | undefined;
}

/** Resolves with how to settle the job; rejects with the reason of the failure. */
export async function attempt(
  claimed: RunningJob,
  services: AttemptServices,
  signal: AbortSignal,
): Promise<Outcome> {
  const { store, inputs } = services;
  const spec = inPlace(claimed.spec, (recorded) => inputs.currentPlace(recorded));
  const job = { ...claimed, spec };
  failpoint('job.claimed');
  const places = { entries: services.entries, exchange: services.exchange };
  const hit = job.spec.force ? undefined : await findHitAnywhere(spec, places, store, signal);
  if (hit !== undefined) return { settlement: { state: 'done', result: hit, cached: true } };
  const { result, light } = await compute(await withInput(job, services, signal), services, signal);
  return { settlement: { state: 'done', result, cached: false }, light };
}

/** A job whose input is now in a file. */
interface ReadyJob {
  readonly job: RunningJob;
  /** The text that was written to that file; undefined if the file was already there. */
  readonly unfolded?: UnfoldedInput;
}

/** Writes an input and a database that the broker keeps to the files that the job names. */
async function withInput(
  job: RunningJob,
  { inputs, store }: AttemptServices,
  signal: AbortSignal,
): Promise<ReadyJob> {
  const { input, db_path, db_kept } = job.spec;
  if (db_kept === true && db_path !== null)
    await fetchDatabase(db_path, inputs, digestsIn(store), signal);
  if (!input.kept) return { job };
  const text = await store.input(job.id);
  if (text === undefined) {
    await inputs.fetch(input.path);
    return { job };
  }
  const unfolded = await inputs.unfold(input.path, text);
  const { fingerprint } = unfolded;
  return { job: { ...job, spec: { ...job.spec, input: { ...input, fingerprint } } }, unfolded };
}

/** A run is void if something that it read was touched during the run. After this many void runs the job fails. */
const mostRuns = 3;

async function compute(
  { job, unfolded }: ReadyJob,
  services: AttemptServices,
  signal: AbortSignal,
): Promise<Computed> {
  const { spec } = job;
  const read: ReadByRun = {
    spec,
    runner: services.runners.get(spec.runner),
    digest: digestsIn(services.store),
    signal,
    hashInput: services.hashInput,
    declaredInputs: services.declaredInputs,
    stamps: services.stamps,
    memory: services.store,
    isUnfolded: unfolded && (() => unfolded.isIntact()),
  };
  for (let runs = 1; ; runs += 1) {
    const evidence = await ReadEvidence.before(read);
    const ran = await runOnce(job, read.runner, evidence, services, signal);
    if (ran.computed !== undefined) return ran.computed;
    if (runs === mostRuns) throw evidence.neverStill(ran.moved);
    services.logger.info({ job: job.id, moved: ran.moved }, 'a run is void and made again');
  }
}

interface Computed extends Pick<Outcome, 'light'> {
  readonly result: JobResult;
}

type Ran =
  | { readonly computed: Computed }
  /** Void: the path whose stamps changed. */
  | { readonly computed?: undefined; readonly moved: string };

async function runOnce(
  job: RunningJob,
  runner: Runner,
  evidence: ReadEvidence,
  services: AttemptServices,
  signal: AbortSignal,
): Promise<Ran> {
  const { entries, workspace, store, publisher } = services;
  const staging = await workspace.stage(job.id, job.attempts, runner.makesPlaces);
  let isInUse = false;
  const onLeftRunning = (left: readonly LeftProcess[]): void => {
    isInUse = true;
    services.onLeftRunning(left);
  };
  const following = { ...services, onLeftRunning };
  try {
    const { result, ...bounds } = await run(job, runner, evidence, staging, following, signal);
    failpoint('job.ran');
    const moved = await evidence.movedSince();
    if (moved !== undefined) return { moved };
    services.onRan();
    signal.throwIfAborted();
    const ran = {
      ...{ job_id: job.id, spec: job.spec, identity: evidence.identity },
      ...{ outRoot: staging.dir, result, ...bounds, version: services.version },
      // An entry that stands is compared with what was staged.
      lightUpTo: job.spec.force ? undefined : services.lightUpTo(),
    };
    const gathered = await publisher.gather(ran, signal);
    signal.throwIfAborted();
    // An artifact outside of staging was copied just now. It may be the input itself, so the stamps are checked again.
    const movedInCopying = isIn(staging.dir, result.artifact)
      ? undefined
      : await evidence.movedSince();
    if (movedInCopying !== undefined) return { moved: movedInCopying };
    if (job.spec.force && !isLight(gathered))
      await refuseDifference(gathered, entries, workspace, runner.volatileFields, signal);
    // Before publication: garbage collection asks the job store to which keys running jobs lead.
    if (!sameKey(gathered.key, job.spec.key))
      await onceReleased(() => store.remember(job.spec.key, gathered.key), signal);
    if (isLight(gathered)) {
      // As before a publication: by now some milliseconds have passed since the runner answered.
      refuseUnfinished(gathered);
      return { computed: { result: resultOf(gathered), light: gathered } };
    }
    const { entry } = await publisher.publish(gathered, signal);
    return { computed: { result: resultOf(entry) } };
  } finally {
    await staging.discard(isInUse);
  }
}

const isIn = (dir: string, path: string): boolean =>
  !isAbsolute(path) || path.startsWith(dir + sep);
