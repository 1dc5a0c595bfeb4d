/**
 * Takes up entries that a dead process had kept in the job store and not flushed (ports/jobs/unwritten-entries.ts). Several
 * processes may do so at once: each step may be done twice.
 *
 *   the job still runs             the entry is published, the job ends as done, its pointer follows
 *   the machine was restarted      any file may be damaged: the entry is published again if it is not sound; the pointer follows
 *   neither                        files and pointer stand, and are flushed; what was removed since stays away
 */
import { CabError, isCabError } from '../model/errors.ts';
import type { WrittenThrough } from '../model/report/written-through.ts';
import type { JobStore } from '../ports/jobs/job-store.ts';
import type { LeftEntry, UnwrittenEntries } from '../ports/jobs/unwritten-entries.ts';
import type { LightEntry } from '../ports/made-entry.ts';
import type { LightEntries } from '../ports/light-entries.ts';
import type { PointerStore } from '../ports/pointer-store.ts';
import type { Logger } from '../../support/logger.ts';
import { resultOf } from './hits.ts';
import { flushTogether } from './flush-together.ts';
import { reconcileIfPossible } from './track-pointer.ts';

export interface LeftEntriesOptions {
  readonly unwritten: UnwrittenEntries;
  readonly store: JobStore;
  readonly light: LightEntries;
  readonly pointers: PointerStore;
  readonly logger: Logger;
  /** Flushes also what living processes have still to flush. */
  readonly all?: boolean;
}

const rowsAtATime = 100;

/** Goes on after an entry that cannot be written. Throws what the job store throws. */
export async function writeLeft(options: LeftEntriesOptions): Promise<WrittenThrough> {
  const { unwritten, all, logger } = options;
  const problems = new Set<string>();
  let written = 0;
  for (let after = 0; ;) {
    const rows = await unwritten.left(after, rowsAtATime, all);
    after = rows.at(-1)?.row ?? after;
    const flushed = await flushStanding(rows, options);
    written += flushed.size;
    for (const left of rows) {
      if (flushed.has(left)) continue;
      try {
        if (await takeUp(left, options)) written += 1;
        await unwritten.drop([left]);
      } catch (error) {
        if (!isCabError(error)) throw error;
        problems.add(error.message);
        logger.warn({ job: left.job_id, err: error }, 'a kept entry cannot be written');
        // No caller was told that this job is done. When its row is gone, the job runs again and reports its own error.
        if (left.running !== undefined && !mayPass(error)) await unwritten.drop([left]);
      }
    }
    if (rows.length < rowsAtATime) break;
  }
  await unwritten.release();
  return { written, left: await unwritten.count(), problems: [...problems] };
}

/** Those whose entries stood and are flushed now, all together. None if one cannot be: then each is tried by itself. */
async function flushStanding(
  rows: readonly LeftEntry[],
  { light, unwritten, ...services }: LeftEntriesOptions,
): Promise<ReadonlySet<LeftEntry>> {
  const standing = rows.filter(stands);
  if (standing.length < 2) return new Set();
  try {
    const entries = standing.map(({ entry: { key }, track_id }) => ({ key, track_id }));
    await flushTogether(entries, { ...services, entries: light });
  } catch (error) {
    if (!isCabError(error)) throw error;
    return new Set();
  }
  await unwritten.drop(standing);
  return new Set(standing);
}

/** Whether its files and its pointer were written, in this boot, and its job ended. */
const stands = (left: LeftEntry): left is LeftEntry & { readonly entry: LightEntry } =>
  !(left.entry instanceof CabError) && left.running === undefined && !left.isOfOtherBoot;

/** Whether the same row may be written later. */
const mayPass = (error: CabError): boolean =>
  isCabError(error, 'no_space', 'root_unwritable', 'queue_busy');

/** False if the row is damaged. Then its job runs again if it had not ended. */
async function takeUp(left: LeftEntry, options: LeftEntriesOptions): Promise<boolean> {
  const { entry, job_id } = left;
  if (entry instanceof CabError) {
    options.logger.error({ job: job_id, err: entry }, 'the row of a kept entry is damaged');
    return false;
  }
  if (stands(left)) await options.light.flush([entry.key]);
  else await end(left, entry, options);
  const { pointers, store, logger } = options;
  if (left.track_id !== null)
    await reconcileIfPossible(left.track_id, pointers, store, { logger, job_id });
  return true;
}

async function end(
  { running }: LeftEntry,
  entry: LightEntry,
  { light, store }: LeftEntriesOptions,
): Promise<void> {
  const published = await light.publish(entry, true);
  const result = resultOf(published.entry);
  if (running !== undefined) await store.settle(running, { state: 'done', result, cached: false });
}
