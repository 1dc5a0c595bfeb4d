/**
 * Tracks that got no result for long. Their pointers and results need no entry any more, and the tracks are removed; their
 * entries go by the other rules, in this collection or a later one.
 */
import { removeTrack } from '../remove-tracks.ts';
import type { GcContext } from './context.ts';

/** Finds them, and touches nothing. Only the job store knows when a track moved; without it no track is stale. */
export async function findStale(gc: GcContext): Promise<void> {
  const { root, policy, pace } = gc.options;
  if (policy.trackMs === null || gc.store === undefined) return;
  for await (const listed of root.pointers.list()) {
    if (!('error' in listed) && (await isStale(gc, listed.pointer.track_id)))
      gc.needs.stale.add(listed.pointer.track_id);
    if (pace.isDue) await pace.rest();
  }
}

/** A track that moved since it was found stays. */
export async function removeStale(gc: GcContext): Promise<void> {
  const { root, dryRun } = gc.options;
  for (const track_id of gc.needs.stale) {
    if (!dryRun) {
      if (!(await isStale(gc, track_id))) continue;
      await removeTrack(root, track_id);
    }
    gc.staleTracks.push(track_id);
  }
}

async function isStale({ options, store }: GcContext, track_id: string): Promise<boolean> {
  const { policy, now } = options;
  const [latest] = (await store?.history(track_id, 1)) ?? [];
  if (latest === undefined || policy.trackMs === null) return false;
  return Date.parse(latest.at) + policy.trackMs <= now;
}
