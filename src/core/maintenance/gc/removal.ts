import { formatKey, keyOf } from '../../model/entry/key.ts';
import type { JobCollection } from '../../ports/jobs/retention.ts';
import type { Taking, Trash } from '../../ports/maintenance/trash.ts';
import { removeCondemned } from './condemned.ts';
import type { GcContext, Going } from './context.ts';

/** Milliseconds between two portions, in which nothing is condemned. */
const leaveMs = 8;

const candidatesAtATime = 64;

/** Moves entries to the trash, a portion at a time. */
export async function moveToTrash(
  gc: GcContext,
  store: JobCollection,
  trash: Trash,
): Promise<void> {
  const { going } = gc;
  gc.progress('removing entries', 0, going.length);
  for (let at = 0; at < going.length; at += candidatesAtATime) {
    if (at > 0) await gc.options.pace.rest(leaveMs);
    const portion = going.slice(at, at + candidatesAtATime);
    // A job that arrived during an earlier portion may need an entry that nobody needed at the decision.
    const free = portion.filter(({ key }) => gc.needs.of(key) === undefined);
    const left = await removeCondemned(gc, store, {
      candidates: free,
      as: ({ key }) => ({ entry: keyOf(key) }),
      remove: async (one) => {
        const { key, modified } = one;
        count(gc, one, await trash.take({ key: keyOf(key), modified }));
      },
    });
    gc.counts.entries.kept += portion.length - free.length + left;
    gc.progress('removing entries', at + portion.length, going.length);
  }
}

function count(gc: GcContext, one: Going, outcome: Taking): void {
  const { entries } = gc.counts;
  if (outcome === 'gone') return;
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
