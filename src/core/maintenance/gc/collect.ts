/**
 * Garbage collection: removes the entries that no track, pin or job needs, while other processes use the root.
 *
 * It works in three stages. First it reads what must stay. Then it looks at every entry. Only then does it touch anything; if a
 * part of the tree cannot be read, it refuses to start. Entries go into the trash, each whole, in portions of some
 * dozens. A transaction of the job store condemns a portion; it refuses what a job relies on by now. Then the entries are moved
 * outside of any lock, each after another look at its time and at the pins. Then they are released. Every process that comes
 * to rely on an entry passes a transaction of the job store, too, and is refused there (`NoLongerThere`) if the entry was
 * condemned since it looked, or is not released yet:
 *
 *   A submission that is a hit   notes the moment, claims its entry (checks it and updates its time), then commits its job.
 *                                Before the condemnation: the job is among the arrived ones, and the entry stays. After it:
 *                                the submission is refused until the release, looks again and finds a miss.
 *                                Its pointer is written after the commit. By then the history of the track has the
 *                                result, and the latest result of each track always stays.
 *   A submission that is a miss  is refused as well while its key is condemned, so that its job cannot find the entry.
 *   A pending or running job     keeps its key, and the key to which that leads, from its acceptance until after its end. So
 *                                what it finds, publishes or points to stays. If a runner publishes under another key, that
 *                                key is remembered before publication, in a transaction that waits for a release. A job that
 *                                finds a sound entry in its place updates the entry's time, and a changed time keeps the
 *                                entry, too.
 *   A pin                        is set first. Then it waits for a release and checks the entry (pinning.ts). The pins are
 *                                read again after the condemnation.
 *   A pointer of another program does not pass the job store. So pointers are read once more at the end, and the entries to
 *                                which they lead come back. If such a pointer is written later, the next garbage collection
 *                                brings the entry back, within the grace. --keep-days protects such programs.
 *   A reader of an old pointer   still finds its entry: an entry to which a track led within the last hour stays. An open file
 *                                stays readable, because renaming and deleting do not affect open files.
 *   Another garbage collection   may take the same entry: one of the two finds nothing. It may delete an entry that this one
 *                                puts back: a haul is doomed as a whole before it is deleted.
 *   A publisher                  may find that its directory, empty a moment ago, was removed. It makes it again. If a new
 *                                entry stands where an old one would be put back, the new one stays.
 *
 * A kill between any two system calls leaves each entry whole, in its place or in the trash: `gc.…` in failpoints.ts. What a
 * dead process condemned counts as released.
 */
import { errnoOf, CabError, isCabError, isError } from '../../model/errors.ts';
import type { GcReport } from '../../model/report/gc-report.ts';
import type { JobStore } from '../../ports/jobs/job-store.ts';
import type { Ledger } from '../../ports/maintenance/ledger.ts';
import type { MaintainedRoot } from '../../ports/maintenance/maintained-root.ts';
import type { Trash } from '../../ports/maintenance/trash.ts';
import { GcContext, refusal, type GcOptions } from './context.ts';
import { emptyTrash, putBackNeeded } from './emptying.ts';
import { sweepCache, sweepInputs, sweepLogs, sweepQuarantine, sweepStaging } from './leftovers.ts';
import { Needs } from './needs.ts';
import { plan } from './plan.ts';
import { forgetGone, forgetReads, forgetReleased, giveSpaceBack, trimJobs } from './records.ts';
import { findStale, removeStale } from './stale-tracks.ts';
import { moveToTrash, removeEmptyDirectories, restorePointed } from './removal.ts';

/**
 * @throws CabError store_unreadable, queue_unreadable, queue_too_new: nothing was touched. queue_busy, no_space,
 * root_unwritable, io_error; the signal's reason: what was done is sound, and the next garbage collection does the rest.
 */
export async function collectGarbage(options: GcOptions): Promise<GcReport> {
  const { root, now } = options;
  const started = performance.now();
  const store = await root.jobs.existing();
  const gc = new GcContext(options, store, new Needs());
  try {
    gc.ledger = await ledgerOf(gc);
    await survey(gc);
    const trash = root.trash({ now, tell: gc.tell });
    for (const step of gc.needs.isBlind ? blindSteps : steps) await step(gc, trash);
    const report = reportOf(gc, performance.now() - started);
    if (!report.dry_run) await remember(root, report, now);
    return report;
  } finally {
    await gc.ledger?.close();
  }
}

/** For those who ask later. */
const remember = (root: MaintainedRoot, report: GcReport, now: number): Promise<void> =>
  root.reports.keepCollection({
    ended_at: new Date(now + report.elapsed_s * 1000).toISOString(),
    report,
  });

/** Without the ledger, only the times of reads are unknown. */
async function ledgerOf(gc: GcContext): Promise<Ledger | undefined> {
  try {
    return await gc.options.root.ledger.existing();
  } catch (error) {
    if (!(error instanceof CabError)) throw error;
    gc.notes.push(`${error.message}: when entries were last read is not known`);
    return undefined;
  }
}

type Step = (gc: GcContext, trash: Trash) => Promise<void>;

/** A step that needs the job store. It is skipped if there is none. */
const asking =
  (step: (gc: GcContext, store: JobStore) => Promise<void>): Step =>
  async (gc) => {
    if (gc.store !== undefined) await step(gc, gc.store);
  };

/** The order matters: needed entries come back before the trash is emptied, and jobs go before their logs and inputs. */
const steps: readonly Step[] = [
  putBackNeeded,
  sweepQuarantine,
  emptyTrash,
  removeStale,
  removeEntries,
  forgetReads,
  asking(sweepStaging),
  sweepCache,
  asking(trimJobs),
  asking(forgetGone),
  asking(sweepLogs),
  asking(sweepInputs),
  asking(forgetReleased),
  asking(giveSpaceBack),
];

/** The steps if a pointer does not give its key. It could lead to any entry, so nothing is removed that may be needed. */
const blindSteps: readonly Step[] = [putBackNeeded, asking(sweepStaging)];

async function survey(gc: GcContext): Promise<void> {
  const { root, pace, policy, now } = gc.options;
  gc.progress('reading what must stay', 0);
  try {
    if (gc.store !== undefined) gc.needs.addJobs(await gc.store.reliances());
    await findStale(gc);
    await gc.needs.addPins(root.pins);
    await gc.needs.addPointers(root.pointerFiles, pace);
    if (gc.store !== undefined) await gc.needs.addResults(gc.store, policy, now, pace);
    if (!gc.needs.isBlind) await plan(gc);
  } catch (error) {
    throw refused(error);
  }
  if (gc.needs.isBlind) {
    gc.notes.push(
      'no entry was collected: a pointer cannot be read, and does not tell which entry it leads to',
    );
    return;
  }
  if (gc.store === undefined) judgeWithoutJobs(gc);
}

/** If something cannot be read, gc cannot know what it would have kept. */
function refused(error: unknown): unknown {
  if (isCabError(error, 'store_unreadable')) return refusal(error.message, error);
  // A row that holds no JSON.
  if (errnoOf(error) === 'SQLITE_ERROR' && isError(error))
    return new CabError('queue_unreadable', `the job store is damaged: ${error.message}`, {
      cause: error,
    });
  const errno = errnoOf(error);
  return errno !== undefined && /^E[A-Z0-9]+$/.test(errno) && isError(error)
    ? refusal(error.message, error)
    : error;
}

/** Only the job store knows earlier results of a track. */
function judgeWithoutJobs(gc: GcContext): void {
  if (gc.going.length === 0) return;
  const { where } = gc.options.root.jobs;
  const { keepLast } = gc.options.policy;
  if (keepLast > 1)
    throw refusal(
      `there is no job store at ${where}, and so nobody knows the last ${keepLast} results of a track`,
      undefined,
      'With --keep-last 1 pointers, pins and age decide.',
    );
  gc.notes.push(`there is no job store at ${where}: pointers, pins and age decided`);
}

async function removeEntries(gc: GcContext, trash: Trash): Promise<void> {
  if (gc.options.dryRun) return;
  if (gc.going.length > 0) {
    // A root without a job store gets one, so that submissions meet what is condemned there.
    gc.store ??= await gc.options.root.jobs.made();
    await moveToTrash(gc, gc.store, trash);
  }
  await restorePointed(gc, trash);
  await removeEmptyDirectories(gc);
}

const dayMs = 86_400_000;

function reportOf(gc: GcContext, elapsedMs: number): GcReport {
  const { policy, dryRun } = gc.options;
  return {
    dry_run: dryRun,
    policy: {
      keep_last: policy.keepLast,
      keep_days: policy.keepMs / dayMs,
      track_days: policy.trackMs === null ? null : policy.trackMs / dayMs,
      max_size: policy.maxSize,
      grace_s: policy.graceMs / 1000,
      keep_jobs: policy.keepJobs,
      keep_job_days: policy.keepJobMs / dayMs,
      quarantine_days: policy.quarantineMs === null ? null : policy.quarantineMs / dayMs,
    },
    ...gc.counts,
    tracks: gc.staleTracks,
    unreadable: gc.needs.unclear,
    notes: gc.notes,
    elapsed_s: Math.round(elapsedMs) / 1000,
    decisions: [],
  };
}
