/** The trash: what is needed after all comes back, and what has lain there long enough is deleted. */
import { existsSync } from 'node:fs';
import { formatKey } from '../../model/key.ts';
import type { GcContext } from './context.ts';
import type { Stamp, Trash } from './trash.ts';

/**
 * Before anything is deleted: a collection that was killed, or a pointer that another program wrote since, may
 * have left something there that is needed. Where a new entry stands in its place, that one serves.
 */
export async function putBackNeeded(gc: GcContext, trash: Trash): Promise<void> {
  const { pace, layout, dryRun } = gc.options;
  for (const stamp of trash.stamps())
    await pace.each(trash.entriesOf(stamp), (key) => {
      const isNeeded = gc.needs.of(formatKey(key)) !== undefined || gc.pins.has(key);
      if (!isNeeded || existsSync(layout.entry(key))) return;
      if (dryRun || trash.putBack(stamp.name, key)) gc.counts.trash.put_back += 1;
    });
}

export async function emptyTrash(gc: GcContext, trash: Trash): Promise<void> {
  const { now, policy, dryRun, pace } = gc.options;
  for (const stamp of trash.stamps()) {
    const isOver = stamp.at + policy.graceMs <= now;
    const part = isOver ? 'deleted' : 'waiting';
    await pace.each(trash.entriesOf(stamp), () => (gc.counts.trash[part] += 1));
    if (!dryRun) leave(stamp, isOver, now, trash);
  }
  if (dryRun) return;
  let files = 0;
  await pace.each(trash.empty(), () => {
    files += 1;
    if (pace.isDue) gc.progress('emptying the trash', files);
  });
}

function leave(stamp: Stamp, isOver: boolean, now: number, trash: Trash): void {
  if (isOver) trash.doom(stamp);
  else if (stamp.at > now) trash.restamp(stamp);
}
