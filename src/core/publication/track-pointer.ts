/**
 * Makes the pointer of a track follow the order of submission, whichever job ends last and in whichever process. The job store
 * holds that order; the pointer file follows it:
 *
 *   advance    before the job is done: writes this result to the file, unless a later submission is already done
 *   reconcile  after the job is done: compares the file with the latest result in the store, and rewrites it if they differ
 *
 * A race of two workers:
 *   1. The worker of the older job looks at the store before the newer job is done.
 *   2. The worker of the newer job renames its file into place.
 *   3. The worker of the older job overwrites it. For a moment the file names the older result.
 *   4. It reconciles afterwards. By then the store holds every job whose file was overwritten, so it writes the newest result.
 *
 * A process that dies before it reconciles leaves its job running, and the next process that takes the job reconciles. Or it
 * leaves the job done and in `trailing`, and the next worker reconciles.
 */
import type { PointerFile } from '../model/entry/pointer.ts';
import type { PointerStore } from '../ports/pointer-store.ts';
import { CabError, isCabError, type ErrorCode } from '../model/errors.ts';
import type { Logger } from '../../support/logger.ts';
import type { JobResult } from '../model/job/job.ts';
import type { TrackTarget } from '../model/entry/pointer.ts';
import type { TrackRecords } from '../ports/jobs/track-records.ts';

export async function advance(
  track_id: string,
  job_id: string,
  result: JobResult,
  pointers: PointerStore,
  store: TrackRecords,
  isDurable = true,
): Promise<void> {
  const [head] = await store.history(track_id, 1);
  if (head === undefined || head.job_id <= job_id)
    await pointers.write({ track_id, ...result }, isDurable);
}

/** Corrects the pointer after a job is done, and records that it was looked at. */
export async function follow(
  track_id: string,
  job_id: string,
  pointers: PointerStore,
  store: TrackRecords,
): Promise<void> {
  await reconcile(track_id, pointers, store);
  store.caughtUp([job_id]);
}

/** As `follow`, if nobody waits for the result: a pointer that cannot be written is logged, and the next worker tries again. */
export async function followOrTell(
  track_id: string,
  job_id: string,
  pointers: PointerStore,
  store: TrackRecords,
  logger: Logger,
): Promise<void> {
  await orTell(track_id, { logger, job_id }, () => follow(track_id, job_id, pointers, store));
}

/** Logs a pointer that cannot be written. @param codes only these errors; none: any of cab's own */
export async function orTell(
  track_id: string,
  { logger, job_id }: { readonly logger: Logger; readonly job_id?: string | null },
  work: () => Promise<void>,
  codes: readonly ErrorCode[] = [],
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isCabError(error, ...codes)) throw error;
    logger.warn({ job: job_id, err: error }, `the pointer of track ${track_id} trails`);
  }
}

/** As `reconcile`, but passes over a track that can have no pointer, or whose record is damaged: the other tracks go on. */
export const reconcileIfPossible = (
  track_id: string,
  pointers: PointerStore,
  store: TrackRecords,
  told: { readonly logger: Logger; readonly job_id?: string | null },
  isDurable = true,
): Promise<void> =>
  orTell(track_id, told, () => reconcile(track_id, pointers, store, isDurable), [
    'unsafe_track',
    'pointer_invalid',
  ]);

/** Does what other processes left undone. If the pointer of one track cannot be written, the other tracks go on. */
export async function catchUp(
  pointers: PointerStore,
  store: TrackRecords,
  logger: Logger,
): Promise<void> {
  for (const { track_id, job_id } of await store.trailing())
    await followOrTell(track_id, job_id, pointers, store, logger);
}

/** Other processes may put an earlier result in the place so often, while a pointer is written. */
const mostRounds = 100;

/**
 * Has the pointer of a track lead to its newest result, if the store knows one.
 * @param isDurable false: the caller has the pointer flushed later
 * @throws CabError pointer_invalid for a result that no pointer can name: its record is damaged
 */
export async function reconcile(
  track_id: string,
  pointers: PointerStore,
  store: TrackRecords,
  isDurable = true,
): Promise<void> {
  for (let round = 0; round < mostRounds; round++) {
    const [head] = await store.history(track_id, 1);
    if (head === undefined) return;
    const standing = await readable(track_id, pointers);
    // The writer may have been killed before the pointer was on disk, and nobody checks it after this.
    if (standing !== undefined && leadsTo(standing, head))
      return isDurable ? pointers.confirm(track_id) : undefined;
    await pointers.write({ ...head, track_id }, isDurable);
  }
  throw new CabError(
    'pointer_invalid',
    `the pointer of track ${track_id} does not come to lead to its newest result`,
    { details: { track: track_id } },
  );
}

/** A pointer that cannot be parsed counts as none: it is about to be replaced. */
export async function readable(
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
