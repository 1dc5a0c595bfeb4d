import { lstatSync, rmdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { rootError } from '../../../support/files/io-error.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { errnoOf } from '../../model/errors.ts';
import { formatKey, isConfigHash, keyOf } from '../../model/key.ts';
import { join } from 'node:path';
import type { JobStore } from '../../ports/job-store.ts';
import type { GcContext, Going } from './context.ts';
import { pointersIn } from './pointer-files.ts';
import { reasonOf } from './policy.ts';
import { isOfTheDisk, type Trash } from './trash.ts';

/** How long the queue is held at a stretch, and left to others after, in milliseconds. */
const holdMs = 8;
const leaveMs = 8;

/**
 * Moves what is to go to the trash, some milliseconds at a time, each time while no job can be accepted, claimed or
 * ended. Why that, and the look before each move, leaves nobody without an entry stands at the head of index.ts.
 */
export async function moveToTrash(gc: GcContext, trash: Trash, store: JobStore): Promise<void> {
  const { going } = gc;
  gc.progress('removing entries', 0, going.length);
  for (let at = 0; at < going.length;) {
    at = await store.whileStill(gc.needs.upTo, (arrived) => {
      gc.needs.addJobs(arrived);
      const end = performance.now() + holdMs;
      let next = at;
      for (; next < going.length && performance.now() < end; next += 1)
        settle(gc, going[next], trash);
      return next;
    });
    gc.progress('removing entries', at, going.length);
    if (at < going.length) await gc.options.pace.rest(leaveMs);
  }
}

function settle(gc: GcContext, one: Going | undefined, trash: Trash): void {
  if (one === undefined) return;
  const { entries } = gc.counts;
  const kept = keptAfterAll(gc, one);
  if (kept !== undefined) {
    if (kept !== 'gone') entries.kept += 1;
    return;
  }
  try {
    if (trash.take(keyOf(one.key)) === 'gone') return;
  } catch (error) {
    const errno = errnoOf(error);
    // The disk as a whole: no other entry would fare better.
    if (errno === undefined || isOfTheDisk(errno))
      throw rootError(error, `moving entry ${one.key} to the trash`);
    entries.failed += 1;
    tell(gc, one, 'fail', `could not be moved to the trash (${errno})`);
    return;
  }
  entries.removed += 1;
  entries.removed_bytes += one.bytes;
  tell(gc, one, 'remove', one.reason);
}

/** What it was decided by may have changed: the last look before the move. */
function keptAfterAll({ needs, pins, options }: GcContext, one: Going): string | undefined {
  const need = needs.of(one.key);
  if (need !== undefined) return reasonOf(need, options.policy);
  const key = keyOf(one.key);
  if (pins.has(key)) return 'pinned';
  const stats = lstatSync(options.layout.entry(key), { throwIfNoEntry: false });
  if (stats === undefined) return 'gone';
  return stats.mtimeMs === one.modified ? undefined : 'relied on since';
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
 * Another program than cab moves pointers without asking the queue: what one of them leads to by now comes back, and all
 * that was taken if one does not tell what it leads to. Throws what reading the pointers throws.
 */
export async function restorePointed(gc: GcContext, trash: Trash): Promise<void> {
  if (gc.counts.entries.removed === 0) return;
  const { layout, pace } = gc.options;
  const taken = new Set(gc.going.map(({ key }) => key));
  const putBack = (key: string): void => {
    if (taken.has(key) && trash.restore(keyOf(key))) gc.counts.trash.put_back += 1;
  };
  await pace.each(pointersIn(layout), (pointed) => {
    if (pointed.kind === 'pointer') putBack(formatKey(pointed.key));
    else
      for (const key of pointed.keys.length > 0 ? pointed.keys.map(formatKey) : taken) putBack(key);
  });
}

/** A publisher that had just made one makes it again. */
export async function removeEmptyDirectories(gc: GcContext): Promise<void> {
  const { layout, pace } = gc.options;
  await pace.each(await namesIn(layout.entries), (name) => {
    if (isConfigHash(name) && removeIfEmpty(join(layout.entries, name)))
      gc.counts.swept.directories += 1;
  });
}

/** A directory that may not be removed does no harm. */
const lasting: ReadonlySet<string> = new Set([
  'ENOTEMPTY',
  'EEXIST',
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'EROFS',
  'EBUSY',
]);

function removeIfEmpty(dir: string): boolean {
  try {
    rmdirSync(dir);
    return true;
  } catch (error) {
    if (!lasting.has(errnoOf(error) ?? '')) throw error;
    return false;
  }
}
