/**
 * The pointer of a track follows the order of submission, whatever finishes last and in whichever process.
 * The job store holds that order; the pointer file follows it:
 *
 *   advance    before the job is done: unless a later submission is done already, the file names this result
 *   reconcile  after it is done: the file is compared with the store's head and rewritten where they differ
 *
 * Two workers may pass each other between look and rename, so that the file names the older one for a moment.
 * Whoever renames last reconciles after it, and by then the store holds every job whose file was overwritten;
 * so the last word is the newest. A process that dies before it leaves its job running, and whoever takes that up
 * reconciles, or done and `trailing`, and the next worker does.
 */
import type { PointerFile } from '../model/pointer.ts';
import type { PointerStore } from '../ports/pointer-store.ts';
import { isCabError } from '../model/errors.ts';
import type { Logger } from '../../support/logger.ts';
import type { JobResult } from '../model/job.ts';
import type { TrackTarget } from '../model/pointer.ts';
import type { JobStore } from '../ports/job-store.ts';

export async function advance(
  track_id: string,
  job_id: string,
  result: JobResult,
  pointers: PointerStore,
  store: JobStore,
): Promise<void> {
  const [head] = await store.history(track_id, 1);
  if (head === undefined || head.job_id <= job_id) await pointers.write({ track_id, ...result });
}

/** Of a job that is done. */
export async function follow(
  track_id: string,
  job_id: string,
  pointers: PointerStore,
  store: JobStore,
): Promise<void> {
  await reconcile(track_id, pointers, store);
  store.caughtUp([job_id]);
}

/** As `follow`, where nobody waits for it: a pointer that cannot be written is told of, and the next worker looks. */
export async function followOrTell(
  track_id: string,
  job_id: string,
  pointers: PointerStore,
  store: JobStore,
  logger: Logger,
): Promise<void> {
  try {
    await follow(track_id, job_id, pointers, store);
  } catch (error) {
    if (!isCabError(error)) throw error;
    logger.warn({ job: job_id, err: error }, `the pointer of track ${track_id} trails`);
  }
}

/** What other processes did not come to. One track whose pointer cannot be written keeps no other back. */
export async function catchUp(
  pointers: PointerStore,
  store: JobStore,
  logger: Logger,
): Promise<void> {
  for (const { track_id, job_id } of await store.trailing())
    await followOrTell(track_id, job_id, pointers, store, logger);
}

/** Has the pointer of a track lead to its newest result, if the store knows one. */
export async function reconcile(
  track_id: string,
  pointers: PointerStore,
  store: JobStore,
): Promise<void> {
  for (;;) {
    const [head] = await store.history(track_id, 1);
    if (head === undefined) return;
    const standing = await readable(track_id, pointers);
    // Its writer may have been killed before the pointer was on the disk, and nobody looks again after this.
    if (standing !== undefined && leadsTo(standing, head)) return pointers.confirm(track_id);
    await pointers.write({ ...head, track_id });
  }
}

/** A pointer that cannot be parsed is as good as none: it is about to be replaced. */
async function readable(
  track_id: string,
  pointers: PointerStore,
): Promise<PointerFile | undefined> {
  try {
    return await pointers.read(track_id);
  } catch (error) {
    if (isCabError(error, 'pointer_invalid')) return undefined;
    throw error;
  }
}

export const leadsTo = (pointer: PointerFile, target: Omit<TrackTarget, 'track_id'>): boolean =>
  pointer.config_hash === target.config_hash &&
  pointer.source_hash === target.source_hash &&
  pointer.artifact === target.artifact &&
  pointer.manifest === target.manifest &&
  pointer.etag === target.etag;
