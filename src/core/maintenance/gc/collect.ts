/**
 * Garbage collection: removes the entries that no track, pin or job needs, beside whatever else works on the root.
 * Nothing is stopped for it. It is safe because of what it does in which order:
 *
 * What must stay is read first, then every entry is looked at; only then is anything touched (a tree that cannot be
 * read whole is refused). Entries go into the trash, each whole, some milliseconds' worth at a time, in moments in which no
 * job can be accepted, claimed or ended (`Trash.condemn`). In such a moment, right before each entry goes, it is looked at
 * again. Whoever relies on an entry must go through a transaction of the job store:
 *
 *   A submission that is a hit        claims (checks, freshens) its entry, then commits its job, asking `stillThere`
 *                                     within the transaction. Committed before the moment: the job is among those that
 *                                     arrived, and the entry stays. After it: `stillThere` says no, and the
 *                                     submission looks again and is a miss. Its pointer is written after the commit;
 *                                     by then its history is, and the latest result of each track always stays.
 *   A job that waits or runs          counts with its key and with where that leads, from its acceptance until after it
 *                                     has ended, so whatever it finds, publishes or points to stays. A runner that
 *                                     publishes elsewhere has that remembered before it publishes. One that finds a
 *                                     sound entry in its place freshens it, and a changed time keeps it as well.
 *   A pin                             is set before such a moment, the entry being there in it; pins are looked at again.
 *   A pointer of another program      is none of the store's: pointers are read once more at the end, and what one leads
 *                                     to by then comes back; what one leads to later comes back with the next
 *                                     collection, within the grace. Such programs are what --keep-days is for.
 *   A reader who holds a pointer      that moved on meanwhile: what a track led to within the last hour stays. A reader
 *                                     who has opened a file keeps it: renaming and deleting leave open files alone.
 *   Another collection                may take the same entry: one of the two finds nothing. It may delete what this
 *                                     one puts back: what is to be deleted is doomed first, whole.
 *   A publisher                       may find its directory, empty a moment ago, removed: it makes it again. Where a
 *                                     new entry stands when an old one is put back, the new one serves.
 *
 * Killed between any two system calls it leaves each entry in its place or in the trash, whole: `gc.…` in failpoints.ts.
 */
import { errnoOf, CabError, isCabError, isError } from '../../model/errors.ts';
import type { GcReport } from '../../model/gc-report.ts';
import type { JobStore } from '../../ports/job-store.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { Trash } from '../../ports/trash.ts';
import { GcContext, refusal, type GcOptions } from './context.ts';
import { emptyTrash, putBackNeeded } from './emptying.ts';
import { sweepCache, sweepInputs, sweepLogs, sweepQuarantine, sweepStaging } from './leftovers.ts';
import { Needs } from './needs.ts';
import { plan } from './plan.ts';
import { forgetGone, forgetReads, giveSpaceBack, trimJobs } from './records.ts';
import { moveToTrash, removeEmptyDirectories, restorePointed } from './removal.ts';

/**
 * @throws CabError store_unreadable, queue_unreadable, queue_too_new: nothing was touched. queue_busy, no_space,
 * root_unwritable, io_error; the signal's reason: what was done is sound, and another collection does the rest.
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
    return reportOf(gc, performance.now() - started);
  } finally {
    await gc.ledger?.close();
  }
}

/** Only knowledge of reads is lost with it. */
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

/** A step that asks the job store, where there is one. */
const asking =
  (step: (gc: GcContext, store: JobStore) => Promise<void>): Step =>
  async (gc) => {
    if (gc.store !== undefined) await step(gc, gc.store);
  };

/** In this order: what is needed comes back before the trash is emptied, jobs go before their logs and inputs. */
const steps: readonly Step[] = [
  putBackNeeded,
  sweepQuarantine,
  emptyTrash,
  removeEntries,
  forgetReads,
  asking(sweepStaging),
  sweepCache,
  asking(trimJobs),
  asking(forgetGone),
  asking(sweepLogs),
  asking(sweepInputs),
  asking(giveSpaceBack),
];

/** Nobody knows which entry a pointer leads to that does not tell its key: nothing goes that could be it, or lead to it. */
const blindSteps: readonly Step[] = [putBackNeeded, asking(sweepStaging)];

async function survey(gc: GcContext): Promise<void> {
  const { root, pace, policy, now } = gc.options;
  gc.progress('reading what must stay', 0);
  try {
    if (gc.store !== undefined) gc.needs.addJobs(await gc.store.reliances());
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

/** Whatever cannot be read, gc cannot tell what it would have kept. */
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

/** What earlier results a track had stands in the job store alone. */
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
    // The trash locks the job store while it takes entries. A root without one gets one, so that submissions meet that lock.
    gc.store ??= await gc.options.root.jobs.made();
    await moveToTrash(gc, trash);
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
      max_size: policy.maxSize,
      grace_s: policy.graceMs / 1000,
      keep_jobs: policy.keepJobs,
      keep_job_days: policy.keepJobMs / dayMs,
      quarantine_days: policy.quarantineMs === null ? null : policy.quarantineMs / dayMs,
    },
    ...gc.counts,
    unreadable: gc.needs.unclear,
    notes: gc.notes,
    elapsed_s: Math.round(elapsedMs) / 1000,
    decisions: [],
  };
}
