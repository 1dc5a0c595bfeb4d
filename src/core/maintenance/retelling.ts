/** Fills a new job store with the histories of tracks, from the manifests of entries and from pointers. */
import { basename, join } from 'node:path';
import { isCabError } from '../model/errors.ts';
import type { EntryKey } from '../model/entry/key.ts';
import type { KnownPointer, TrackRecords } from '../ports/jobs/track-records.ts';
import type { MaintainedRoot } from '../ports/maintenance/maintained-root.ts';
import { leadsTo } from '../publication/track-pointer.ts';

type Parts = Pick<MaintainedRoot, 'inventory' | 'pointers'>;

/** Returns how many steps of histories were added. `now` is the time of steps that have none. */
export async function retellHistories(
  store: TrackRecords,
  root: Parts,
  now: Date,
): Promise<number> {
  return (
    (await adoptAll(store, fromEntries(root, now))) +
    (await adoptAll(store, fromPointers(store, root, now)))
  );
}

/** Enough for one transaction. */
const recordsAtATime = 1000;

async function adoptAll(
  store: TrackRecords,
  records: AsyncIterable<KnownPointer>,
): Promise<number> {
  let told = 0;
  let batch: KnownPointer[] = [];
  const flush = async (): Promise<void> => {
    await store.adopt(batch);
    told += batch.length;
    batch = [];
  };
  for await (const record of records) if (batch.push(record) === recordsAtATime) await flush();
  await flush();
  return told;
}

async function* fromEntries(root: Parts, now: Date): AsyncGenerator<KnownPointer> {
  for await (const places of root.inventory.places())
    for (const place of places) {
      const record = place.kind === 'entry' ? await toldBy(place.key, root, now) : undefined;
      if (record !== undefined) yield record;
    }
}

async function toldBy(key: EntryKey, root: Parts, now: Date): Promise<KnownPointer | undefined> {
  const found = await readableEntry(key, root);
  if (found === undefined) return undefined;
  const { manifest, artifact } = found;
  const { track_id, job_id, created_at } = manifest;
  if (typeof track_id !== 'string' || typeof job_id !== 'string') return undefined;
  if (isNameOfSentInput(track_id, manifest.runner?.input_features_path)) return undefined;
  const { sha256: etag } = manifest.artifact;
  return {
    ...{ track_id, job_id, ...key, artifact, manifest: found.manifestName, etag },
    at: created_at ?? now.toISOString(),
  };
}

/** If a job has no track, some runners use the file's name as the track: for a sent input, its digest. */
const isNameOfSentInput = (track_id: string, input: string | null | undefined): boolean =>
  typeof input === 'string' && input.endsWith(join('.cab', 'inputs', `${basename(track_id)}.json`));

async function readableEntry(key: EntryKey, { inventory }: Parts) {
  try {
    return await inventory.locate(key);
  } catch (error) {
    if (isCabError(error, 'manifest_invalid', 'store_unreadable')) return undefined;
    throw error;
  }
}

/** If a pointer leads elsewhere than the track's latest job, a hit moved it: such a job makes no entry. */
async function* fromPointers(
  store: TrackRecords,
  { pointers }: Parts,
  now: Date,
): AsyncGenerator<KnownPointer> {
  for await (const listed of pointers.list()) {
    if ('error' in listed) continue;
    const { track_id, config_hash, source_hash, artifact, manifest, etag } = listed.pointer;
    const [head] = await store.history(track_id, 1);
    if (head === undefined || !leadsTo(listed.pointer, head))
      yield {
        ...{ track_id, config_hash, source_hash, artifact, manifest, etag: etag ?? '' },
        ...{ job_id: null, at: now.toISOString() },
      };
  }
}
