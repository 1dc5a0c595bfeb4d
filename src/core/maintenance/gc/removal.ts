import { formatKey, keyOf } from '../../model/key.ts';
import type { Condemnation, Trash } from '../../ports/trash.ts';
import type { GcContext, Going } from './context.ts';

/** Milliseconds between two portions, in which other processes have the job store to themselves. */
const leaveMs = 8;

/** More than a portion ever takes. */
const candidatesAtATime = 512;

/**
 * Moves entries to the trash, a portion at a time. The head of collect.ts explains why nobody loses an entry that they need.
 */
export async function moveToTrash(gc: GcContext, trash: Trash): Promise<void> {
  const { going } = gc;
  gc.progress('removing entries', 0, going.length);
  for (let at = 0; at < going.length;) {
    at += await takePortion(gc, trash, going.slice(at, at + candidatesAtATime));
    gc.progress('removing entries', at, going.length);
    if (at < going.length) await gc.options.pace.rest(leaveMs);
  }
}

/** Returns how many of them were handled. */
async function takePortion(
  gc: GcContext,
  trash: Trash,
  portion: readonly Going[],
): Promise<number> {
  // A job that arrived during an earlier portion may need an entry that nobody needed at the decision.
  const free = portion.filter(({ key }) => gc.needs.of(key) === undefined);
  if (free.length === 0) {
    gc.counts.entries.kept += portion.length;
    return portion.length;
  }
  const { outcomes, arrived } = await trash.condemn(
    free.map(({ key, modified }) => ({ key: keyOf(key), modified })),
    gc.needs.upTo,
  );
  gc.needs.addJobs(arrived);
  for (const [at, outcome] of outcomes.entries()) settle(gc, free[at], outcome);
  const next = free[outcomes.length];
  const done = next === undefined ? portion.length : portion.indexOf(next);
  gc.counts.entries.kept += done - outcomes.length;
  return done;
}

function settle(gc: GcContext, one: Going | undefined, outcome: Condemnation): void {
  if (one === undefined || outcome === 'gone') return;
  const { entries } = gc.counts;
  if (outcome === 'kept') entries.kept += 1;
  else if (outcome === 'taken') {
    entries.removed += 1;
    entries.removed_bytes += one.bytes;
    tell(gc, one, 'remove', one.reason);
  } else {
    entries.failed += 1;
    tell(gc, one, 'fail', `could not be moved to the trash (${outcome.refused})`);
  }
}

function tell(gc: GcContext, one: Going, action: 'remove' | 'fail', reason: string): void {
  gc.options.onDecision?.({
    ...keyOf(one.key),
    action,
    reason,
    modified_at: new Date(one.modified).toISOString(),
    bytes: one.bytes,
  });
}

/**
 * Another program than cab moves pointers without the job store. If a pointer now leads to a taken entry, the entry comes back.
 * If a pointer does not give its key, all taken entries come back. Throws what reading the pointers throws.
 */
export async function restorePointed(gc: GcContext, trash: Trash): Promise<void> {
  if (gc.counts.entries.removed === 0) return;
  const { root, pace } = gc.options;
  const taken = new Set(gc.going.map(({ key }) => key));
  const absolve = async (key: string): Promise<void> => {
    if (taken.has(key) && (await trash.absolve(keyOf(key)))) gc.counts.trash.put_back += 1;
  };
  await pace.each(root.pointerFiles.targets(), async (targets) => {
    for (const target of targets) {
      const meant = target.kind === 'pointer' ? [target.key] : target.keys;
      for (const key of meant.length > 0 ? meant.map(formatKey) : taken) await absolve(key);
    }
  });
}

export async function removeEmptyDirectories(gc: GcContext): Promise<void> {
  const { root, pace } = gc.options;
  await pace.each(root.inventory.removeEmpty(), (removed) => {
    gc.counts.swept.directories += removed;
  });
}
