/** Flushes entries of the short road that stand, with the pointers that lead to them. */
import { formatKey, type EntryKey } from '../model/entry/key.ts';
import type { LightEntries } from '../ports/light-entries.ts';
import type { PointerStore } from '../ports/pointer-store.ts';
import type { TrackRecords } from '../ports/jobs/track-records.ts';
import type { Logger } from '../../support/logger.ts';
import { reconcileIfPossible } from './track-pointer.ts';

export interface StandingEntry {
  readonly key: EntryKey;
  /** Null: no pointer leads to it. */
  readonly track_id: string | null;
}

export interface FlushServices {
  readonly entries: Pick<LightEntries, 'flush' | 'flushAll'>;
  readonly store: TrackRecords;
  readonly pointers: PointerStore;
  readonly logger: Logger;
}

/** Fewer are flushed one by one: to flush a file system takes a process, and waits for what others have written to it. */
const fewestAtOnce = 8;

/** Corrects pointers over which another process wrote an earlier result. Throws what keeps an entry from the disk. */
export async function flushTogether(
  standing: readonly StandingEntry[],
  services: FlushServices,
): Promise<void> {
  if (standing.length >= fewestAtOnce && (await areFlushedAtOnce(standing, services))) return;
  const keys = new Map(standing.map(({ key }) => [formatKey(key), key]));
  await services.entries.flush([...keys.values()]);
  await followTracks(standing, services, true);
}

/** Pointers first: what is written to correct them is flushed with all the rest. */
async function areFlushedAtOnce(
  standing: readonly StandingEntry[],
  services: FlushServices,
): Promise<boolean> {
  await followTracks(standing, services, false);
  return services.entries.flushAll();
}

async function followTracks(
  standing: readonly StandingEntry[],
  { pointers, store, logger }: FlushServices,
  isDurable: boolean,
): Promise<void> {
  for (const track_id of new Set(standing.flatMap((one) => one.track_id ?? [])))
    await reconcileIfPossible(track_id, pointers, store, { logger }, isDurable);
}
