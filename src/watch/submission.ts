/**
 * Submits a file to the broker, once per content. The file's state is stored before the broker is called. So after a
 * crash or a lost answer it can be found out whether its job was accepted.
 */
import { v7 as uuidv7 } from 'uuid';
import type { Broker } from '../core/engine/broker.ts';
import { isCabError, type CabError } from '../core/model/errors.ts';
import { fingerprintOf } from '../core/hashing/fingerprint.ts';
import type { JobDocument } from '../core/model/job-document.ts';
import { trackOf } from '../core/model/track-pattern.ts';
import { mayPass } from './backoff.ts';
import { problemOf, type WatchContext } from './context.ts';
import { statsIfSeen } from './scan.ts';
import type { Intent, SeenFile } from '../core/ports/seen-files.ts';

export interface Submitted {
  readonly intent: Intent;
  readonly job: JobDocument;
}

/**
 * Submits a file that held still as `fingerprint`. Undefined if it was not submitted: it is known,
 * refused, or changed since.
 */
export async function submitFile(
  path: string,
  fingerprint: string,
  context: WatchContext,
): Promise<Submitted | undefined> {
  const { seen, scope, track, backoff } = context;
  const known = await backoff.persist(() => seen.find(path));
  if (
    known !== undefined &&
    (await backoff.persist(() => isSameContent(known, scope.absolute(path), context)))
  ) {
    await backoff.persist(() => seen.restamp(path, fingerprint));
    return undefined;
  }
  const track_id = trackOf(track, scope.absolute(path));
  const intent = { path, fingerprint, track_id, run_id: uuidv7() };
  await backoff.persist(() => seen.intend(intent));
  try {
    const job = await handIn(intent, context);
    if (job !== undefined) return { intent, job };
    await backoff.persist(() => seen.forget(intent));
  } catch (error) {
    if (!isCabError(error)) throw error;
    await refused(intent, error, context);
  }
  return undefined;
}

/** The job of a run whose outcome a dead process left unclear; undefined if none was accepted. */
export async function findRun(
  broker: Broker,
  { track_id, run_id }: Pick<Intent, 'track_id' | 'run_id'>,
): Promise<JobDocument | undefined> {
  const { jobs } = await broker.jobs({ track: track_id, limit: latestJobs });
  return jobs.find((job) => job.run_id === run_id);
}

/** The job of an unclear intent is among this many latest jobs of the track, or does not exist. */
const latestJobs = 1000;

/** Undefined if the file is not the one that held still any more. */
async function handIn(intent: Intent, context: WatchContext): Promise<JobDocument | undefined> {
  const { broker, backoff, request, fence } = context;
  let unsure = false;
  return backoff.persist(async () => {
    const accepted = unsure ? await findRun(broker, intent) : undefined;
    if (accepted !== undefined) return accepted;
    if (!(await isUnchanged(intent, context))) return undefined;
    const { track_id, run_id } = intent;
    const features_path = context.scope.absolute(intent.path);
    try {
      return await broker.submit({ ...request, features_path, track_id, run_id }, { fence });
    } catch (error) {
      // A lost answer does not tell whether the job was accepted.
      unsure = !isCabError(error, 'queue_full');
      throw error;
    }
  });
}

async function refused(intent: Intent, error: CabError, context: WatchContext): Promise<void> {
  const { seen, scope, backoff, teller } = context;
  if (isAboutChange(error.code) && !(await isUnchanged(intent, context))) {
    await backoff.persist(() => seen.forget(intent));
    return;
  }
  const problem = problemOf(error);
  const text = `${problem.code}: ${problem.message}`;
  await backoff.persist(() =>
    seen.settle({ path: intent.path, run_id: intent.run_id, state: 'failed', error: text }),
  );
  teller.tell({ type: 'failed', path: scope.absolute(intent.path), job: null, problem });
}

/** Failures that only say that the file has changed. */
export const isAboutChange = (code: string): boolean =>
  code === 'input_changed' || code === 'input_not_found' || code === 'features_path_missing';

export async function isUnchanged(
  { path, fingerprint }: Pick<Intent, 'path' | 'fingerprint'>,
  { scope }: WatchContext,
): Promise<boolean> {
  const stats = await statsIfSeen(scope.absolute(path));
  return stats !== undefined && fingerprintOf(stats) === fingerprint;
}

/**
 * Whether the content is known, for example of a file that was touched, copied over itself or moved to another disk.
 * A failed file is tried again in any case. Only the broker knows how its runner reads a file: if the runner reads
 * bytes, other white space is other content.
 */
async function isSameContent(
  known: SeenFile,
  features_path: string,
  context: WatchContext,
): Promise<boolean> {
  if (known.state !== 'submitted' && known.state !== 'done') return false;
  return isOfSource(features_path, known.source_hash, context);
}

/** Whether the file has the content that its job was made from. */
export async function hasContent(
  absolute: string,
  { path, run_id }: Pick<Intent, 'path' | 'run_id'>,
  context: WatchContext,
): Promise<boolean> {
  const known = await context.backoff.persist(() => context.seen.find(path));
  return known?.run_id === run_id && isOfSource(absolute, known.source_hash, context);
}

async function isOfSource(
  features_path: string,
  source_hash: string | null,
  { broker, request, fence }: WatchContext,
): Promise<boolean> {
  try {
    const { key } = await broker.explain({ ...request, features_path }, { fence });
    return key.source_hash === source_hash;
  } catch (error) {
    // The broker reports what is wrong with the file.
    if (isCabError(error) && !mayPass(error)) return false;
    throw error;
  }
}
