/**
 * A fresh queue in the place of a `jobs.db` that cannot be read, never over it:
 *
 *   1. jobs.db, its log and its index are copied to `.cab/quarantine/jobs-<time>/`, flushed  (evidence)
 *   2. a fresh queue is built beside the copies: what can be read of them, then what the manifests of the
 *      entries and the pointers tell of the histories of tracks; closed, flushed
 *   3. the damaged file's log goes, and the fresh queue is renamed over the damaged file
 *
 * A crash before the rename leaves the damaged file, and the next attempt begins anew. No process may have the
 * queue open meanwhile: it would go on with a file that has no name any more.
 */
import { constants } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeDirectory, sync } from '../../support/files/durable.ts';
import { locateEntry } from '../../stores/local/entry-files.ts';
import { type FileNames } from '../ports/entry-store.ts';
import { guarded } from '../../support/files/io-error.ts';
import type { Layout } from '../../stores/local/layout.ts';
import type { PointerStore } from '../ports/pointer-store.ts';
import { leadsTo } from '../publication/track-pointer.ts';
import { errnoOf, isCabError } from '../model/errors.ts';
import { salvageFile, type Salvaged } from '../../stores/sqlite/file/salvage.ts';
import { openJobStore } from '../../stores/sqlite/sqlite-job-store.ts';
import type { EntryKey } from '../model/key.ts';
import type { JobStore, KnownPointer } from '../ports/job-store.ts';
import { entryPlaces } from './walk.ts';

export interface FreshQueue extends Salvaged {
  /** Where the damaged file was put; absolute. */
  readonly aside: string;
  /** Steps in the histories of tracks that entries and pointers told. */
  readonly retold: number;
}

export interface FreshQueueOptions extends FileNames {
  readonly layout: Layout;
  readonly pointers: PointerStore;
  readonly now: Date;
}

/** @throws CabError no_space, io_error, root_unwritable; the damaged file is as it was */
export function startFreshQueue(options: FreshQueueOptions): Promise<FreshQueue> {
  const { layout, now } = options;
  const stamp = now.toISOString().replace(/[:.]/g, '-');
  const aside = join(layout.quarantine, `jobs-${stamp}`);
  return guarded(`a fresh queue for ${layout.root}`, async () => {
    await keepEvidence(layout, aside);
    const work = join(aside, 'work');
    await makeDirectory(work);
    const fresh = join(work, 'fresh.db');
    const salvaged = await salvageCopy(layout, work, fresh);
    const retold = await retell(fresh, options);
    await takeThePlace(fresh, layout.jobs);
    await rm(work, { recursive: true, force: true });
    return { aside, retold, ...salvaged };
  });
}

/** The log holds what was not folded into the file yet; the index of the log is rebuilt from it. */
const suffixes = ['', '-wal', '-shm'] as const;

async function keepEvidence(layout: Layout, aside: string): Promise<void> {
  await makeDirectory(aside);
  await copyQueue(layout.jobs, join(aside, 'jobs.db'));
  await sync(aside);
}

async function copyQueue(from: string, to: string): Promise<void> {
  for (const suffix of suffixes) {
    try {
      await copyFile(from + suffix, to + suffix, constants.COPYFILE_FICLONE);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') continue;
      throw error;
    }
    await sync(to + suffix);
  }
}

/** Reading changes the file that is read, so it is a copy of its own. */
async function salvageCopy(layout: Layout, work: string, fresh: string): Promise<Salvaged> {
  const copy = join(work, 'damaged.db');
  await copyQueue(layout.jobs, copy);
  return salvageFile(copy, fresh);
}

async function takeThePlace(fresh: string, place: string): Promise<void> {
  await sync(fresh);
  // A log that stays would be taken for the fresh file's own.
  for (const suffix of ['-wal', '-shm']) await rm(place + suffix, { force: true });
  await rename(fresh, place);
  await sync(dirname(place));
}

/** Enough for one transaction. */
const recordsAtATime = 1000;

async function retell(fresh: string, options: FreshQueueOptions): Promise<number> {
  const store = await openJobStore({ file: fresh, create: true });
  if (store === undefined) throw new TypeError('a queue that was to be made was not');
  try {
    return (
      (await adoptAll(store, fromEntries(options))) +
      (await adoptAll(store, fromPointers(store, options)))
    );
  } finally {
    await store.close();
  }
}

async function adoptAll(store: JobStore, records: AsyncIterable<KnownPointer>): Promise<number> {
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

async function* fromEntries(options: FreshQueueOptions): AsyncGenerator<KnownPointer> {
  const { layout, now } = options;
  for (const place of entryPlaces(layout)) {
    if (place.kind !== 'entry') continue;
    const found = await readableEntry(place.key, options);
    if (found === undefined) continue;
    const { manifest, artifact } = found;
    const { track_id, job_id, created_at } = manifest;
    if (typeof track_id !== 'string' || typeof job_id !== 'string') continue;
    if (isNameOfSentInput(track_id, manifest.runner?.input_features_path)) continue;
    const { sha256: etag } = manifest.artifact;
    yield {
      ...{ track_id, job_id, ...place.key, artifact, manifest: found.manifestName, etag },
      at: created_at ?? now.toISOString(),
    };
  }
}

/** Runners that need a track's name where the job has none take that of the file: of a sent input, its digest. */
const isNameOfSentInput = (track_id: string, input: string | null | undefined): boolean =>
  typeof input === 'string' && input.endsWith(join('.cab', 'inputs', `${basename(track_id)}.json`));

async function readableEntry(key: EntryKey, options: FreshQueueOptions) {
  try {
    return await locateEntry(key, options.layout.entry(key), options);
  } catch (error) {
    if (isCabError(error, 'manifest_invalid', 'store_unreadable')) return undefined;
    throw error;
  }
}

/** A pointer that leads elsewhere than its track's latest job was moved by a job that made no entry: a hit. */
async function* fromPointers(
  store: JobStore,
  { pointers, now }: FreshQueueOptions,
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
