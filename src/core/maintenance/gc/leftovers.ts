/** Removes what dead processes left behind, and what was kept for jobs that no longer need it. */
import { CabError, isCabError } from '../../model/errors.ts';
import type { Unreadable } from '../../ports/maintenance/entry-inventory.ts';
import type { JobStore } from '../../ports/jobs/job-store.ts';
import type { KeptInput } from '../../ports/maintenance/kept-inputs.ts';
import type { Trash } from '../../ports/maintenance/trash.ts';
import { removeCondemned } from './condemned.ts';
import type { GcContext } from './context.ts';

/** Needs the job store: without it nobody knows which attempts run, and staging stays. */
export async function sweepStaging(gc: GcContext, store: JobStore): Promise<void> {
  const { root, dryRun } = gc.options;
  const { swept } = gc.counts;
  if (dryRun) {
    swept.staging = countOf(await root.leftovers.attempts(store));
    swept.temporary = countOf(await root.leftovers.unfinished());
  } else Object.assign(swept, await root.leftovers.sweep(store, gc.tell));
}

function countOf(found: readonly string[] | Unreadable): number {
  if (!('kind' in found)) return found.length;
  throw new CabError('store_unreadable', `${found.where} cannot be read (${found.errno})`);
}

export async function sweepQuarantine(gc: GcContext, trash: Trash): Promise<void> {
  const { policy, now, dryRun } = gc.options;
  if (policy.quarantineMs === null) return;
  for (const evidence of await trash.evidence()) {
    if (evidence.at === undefined || evidence.at + policy.quarantineMs > now) continue;
    if (dryRun || (await trash.discard(evidence))) gc.counts.swept.quarantine += 1;
  }
}

/** A runner makes again what is removed here. */
export async function sweepCache(gc: GcContext): Promise<void> {
  const { root, policy, now, dryRun } = gc.options;
  const bounds = { before: now - policy.cacheMs, bytes: policy.cacheSize };
  gc.counts.swept.cache = await root.cached.trim(bounds, dryRun, gc.tell);
}

/** A job is recorded before it writes a log. So a log whose job is not recorded belongs to no job. */
export async function sweepLogs(gc: GcContext, store: JobStore): Promise<void> {
  const { root, pace, dryRun } = gc.options;
  for await (const ids of root.logs.ids())
    for (const id of ids) {
      if ((await store.get(id)) === undefined)
        if (dryRun || (await root.logs.remove(id, gc.tell))) gc.counts.swept.logs += 1;
      if (pace.isDue) await pace.rest();
    }
}

/**
 * An input is written before its job is recorded. If the input is written again meanwhile, its time changes and it stays. If it
 * is condemned between that write and the record, the job is not accepted, and the input is written once more.
 */
export async function sweepInputs(gc: GcContext, store: JobStore): Promise<void> {
  const { root, pace, dryRun, now, policy } = gc.options;
  // Read only if there is any input, because it reads every job.
  let isKnown = false;
  for await (const inputs of root.inputs.list()) {
    isKnown ||= await addInputsInUse(gc, store);
    if (!isKnown) return;
    const unused = inputs.filter(
      ({ name, modified }) => !gc.needs.hasInput(name) && now - modified >= policy.settleMs,
    );
    if (dryRun) gc.counts.swept.inputs += unused.length;
    else await discard(gc, store, unused);
    if (pace.isDue) await pace.rest();
  }
}

const discard = (gc: GcContext, store: JobStore, inputs: readonly KeptInput[]): Promise<number> =>
  removeCondemned(gc, store, {
    candidates: inputs,
    as: ({ name }) => ({ input: name }),
    remove: async (input) => {
      if (await gc.options.root.inputs.discard(input, gc.tell)) gc.counts.swept.inputs += 1;
    },
  });

/** False if an ended job cannot be read: nobody knows which input its retry would need. */
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
