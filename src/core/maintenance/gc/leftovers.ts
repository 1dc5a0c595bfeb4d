/** What processes that died left behind, and what was kept for jobs that need it no more. */
import { lstatSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { FsWorkspace } from '../../../stores/local/fs-workspace.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { leftTemporary } from '../../../support/files/temporary.ts';
import { liveIn } from '../../publication/live-attempts.ts';
import { errnoOf, isCabError } from '../../model/errors.ts';
import type { JobStore } from '../../ports/job-store.ts';
import type { GcContext } from './context.ts';
import type { Trash } from './trash.ts';

/** Staging is its jobs' to say: without a job store nobody knows whether they run, and it stays. */
export async function sweepStaging(gc: GcContext, store: JobStore): Promise<void> {
  const { layout, dryRun } = gc.options;
  const { swept } = gc.counts;
  const workspace = new FsWorkspace(layout, gc.tellStuck);
  if (dryRun) {
    swept.staging = (await workspace.list(liveIn(store))).length;
    swept.temporary = (await leftTemporary(layout)).length;
    return;
  }
  Object.assign(swept, await workspace.sweep(liveIn(store)));
}

/** The name begins with the time at which the evidence was taken aside. */
export async function sweepQuarantine(gc: GcContext, trash: Trash): Promise<void> {
  const { layout, policy, now, dryRun } = gc.options;
  if (policy.quarantineMs === null) return;
  for (const name of await namesIn(layout.quarantine)) {
    const at = Number(/^(\d{13})-/.exec(name)?.[1] ?? Number.NaN);
    if (!(at + policy.quarantineMs <= now)) continue;
    if (dryRun || trash.discard(join(layout.quarantine, name), name.slice(0, 32)))
      gc.counts.swept.quarantine += 1;
  }
}

/** A job is on record before it writes a log, and a log whose job is not is nobody's. */
export async function sweepLogs(gc: GcContext, store: JobStore): Promise<void> {
  const { layout, pace, dryRun } = gc.options;
  for (const name of await namesIn(layout.logs)) {
    const id = /^(.+)\.log$/.exec(name)?.[1];
    if (id !== undefined && (await store.get(id)) === undefined) {
      if (dryRun || removeFile(gc, join(layout.logs, name))) gc.counts.swept.logs += 1;
    }
    if (pace.isDue) await pace.rest();
  }
}

/**
 * An input is written before its job is on record. One that is written anew meanwhile has another time; one that
 * goes between that write and the record is missed by the job's `stillThere`, and written once more.
 */
export async function sweepInputs(gc: GcContext, store: JobStore): Promise<void> {
  const { layout, pace, dryRun, now, policy } = gc.options;
  const names = await namesIn(layout.inputs);
  if (names.length === 0) return;
  if (!(await addInputsInUse(gc, store))) return;
  for (const name of names) {
    const path = join(layout.inputs, name);
    const modified = modifiedAt(path);
    if (pace.isDue) await pace.rest();
    if (modified === undefined || gc.needs.hasInput(path) || now - modified < policy.settleMs)
      continue;
    const removed =
      dryRun ||
      (await store.whileStill(gc.needs.upTo, (arrived) => {
        gc.needs.addJobs(arrived);
        return !gc.needs.hasInput(path) && modifiedAt(path) === modified && removeFile(gc, path);
      }));
    if (removed) gc.counts.swept.inputs += 1;
  }
}

/** False where a job that has ended cannot be read: which input it would need to be retried, nobody can tell. */
async function addInputsInUse(gc: GcContext, store: JobStore): Promise<boolean> {
  try {
    for await (const page of store.inputsInUse()) for (const path of page) gc.needs.addInput(path);
    return true;
  } catch (error) {
    if (!isCabError(error, 'queue_unreadable')) throw error;
    gc.notes.push(`${error.message}: kept inputs stay, whosever they are`);
    return false;
  }
}

const modifiedAt = (path: string): number | undefined =>
  lstatSync(path, { throwIfNoEntry: false })?.mtimeMs;

/** False for what stays: it is noted, and another collection tries again. */
function removeFile({ tellStuck }: GcContext, path: string): boolean {
  try {
    unlinkSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno === 'ENOENT') return true;
    tellStuck({ path, errno });
    return false;
  }
  return true;
}
