/**
 * Takes tracks away: what the job store knows of their results, then their pointers. Entries stay, for a garbage collection
 * to take. A job of such a track that ends meanwhile, or later, brings the track back with its own result.
 */
import { CabError } from '../model/errors.ts';
import type { EntryKey } from '../model/entry/key.ts';
import { trackMatcher } from '../model/entry/track-pattern.ts';
import { reconcile } from '../publication/track-pointer.ts';
import type { MaintainedRoot } from '../ports/maintenance/maintained-root.ts';

export interface RemovedTrack extends EntryKey {
  readonly track_id: string;
}

type Parts = Pick<MaintainedRoot, 'pointers' | 'jobs'>;

/**
 * The tracks whose id the pattern fits, sorted: `*` stands for any characters, `?` for one. With `dryRun` they stay.
 * @throws CabError not_found if there is none, and what the stores throw
 */
export async function removeTracks(
  root: Parts,
  pattern: string,
  { dryRun }: { readonly dryRun: boolean },
): Promise<readonly RemovedTrack[]> {
  const tracks = await tracksOf(root, pattern);
  if (tracks.length === 0)
    throw new CabError('not_found', `no track fits ${JSON.stringify(pattern)}`, {
      details: { pattern },
    });
  if (!dryRun) for (const { track_id } of tracks) await removeTrack(root, track_id);
  return tracks;
}

async function tracksOf({ pointers }: Parts, pattern: string): Promise<RemovedTrack[]> {
  const fits = trackMatcher(pattern);
  const tracks: RemovedTrack[] = [];
  for await (const listed of pointers.list()) {
    // The track of a pointer that cannot be read is unknown, so it stays. `cab verify` reports it.
    if ('error' in listed || !fits(listed.pointer.track_id)) continue;
    const { track_id, config_hash, source_hash } = listed.pointer;
    tracks.push({ track_id, config_hash, source_hash });
  }
  return tracks.sort((a, b) => (a.track_id < b.track_id ? -1 : 1));
}

/** A process that dies before the second step leaves a track without a past, which is removed as any other. */
export async function removeTrack({ pointers, jobs }: Parts, track_id: string): Promise<void> {
  const store = await jobs.existing();
  await store?.forgetTrack(track_id);
  await pointers.remove(track_id);
  // A job may have ended in between, and its process have looked before the pointer went.
  if (store !== undefined) await reconcile(track_id, pointers, store);
}
