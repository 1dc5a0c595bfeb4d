/** Empties the trash: needed entries come back, and entries that were there longer than the grace are deleted. */
import { formatKey, type EntryKey } from '../../model/key.ts';
import type { GcContext } from './context.ts';
import type { Haul, Trash } from '../../ports/trash.ts';

/**
 * Runs before anything is deleted: a garbage collection that was killed may have left needed entries in the trash, or another
 * program may have written a pointer since. If a new entry stands in the place, the new one stays.
 */
export async function putBackNeeded(gc: GcContext, trash: Trash): Promise<void> {
  for (const haul of await trash.hauls())
    await gc.options.pace.each(trash.entriesOf(haul), async (keys) => {
      for (const key of keys)
        if (await isPutBack(gc, trash, haul, key)) gc.counts.trash.put_back += 1;
    });
}

async function isPutBack(
  { needs, options }: GcContext,
  trash: Trash,
  haul: Haul,
  key: EntryKey,
): Promise<boolean> {
  const { root, dryRun } = options;
  const isNeeded = needs.of(formatKey(key)) !== undefined || (await root.pins.has(key));
  if (!isNeeded) return false;
  const [isHeld] = await root.inventory.holds([key]);
  if (isHeld === true) return false;
  return dryRun || trash.putBack(haul, key);
}

export async function emptyTrash(gc: GcContext, trash: Trash): Promise<void> {
  const { now, policy, dryRun, pace } = gc.options;
  for (const haul of await trash.hauls()) {
    const isOver = haul.at + policy.graceMs <= now;
    const part = isOver ? 'deleted' : 'waiting';
    await pace.each(trash.entriesOf(haul), ({ length }) => (gc.counts.trash[part] += length));
    if (dryRun) continue;
    if (isOver) await trash.doom(haul);
    else if (haul.at > now) await trash.restamp(haul);
  }
  if (dryRun) return;
  let files = 0;
  await pace.each(trash.empty(), (count) => {
    files += count;
    if (pace.isDue) gc.progress('emptying the trash', files);
  });
}
