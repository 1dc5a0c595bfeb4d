/**
 * Replaces a `jobs.db` that cannot be read by a fresh queue, and never writes over the damaged file:
 *
 *   1. jobs.db, its log and its index are copied to `.cab/quarantine/jobs-<time>/` and flushed  (evidence)
 *   2. a fresh queue is built beside the copies from what can be read of them, and from what the manifests of the
 *      entries and the pointers tell of the histories of tracks (`retell`); it is closed and flushed
 *   3. the damaged file's log is removed, and the fresh queue is renamed over the damaged file
 *
 * A crash before the rename leaves the damaged file, and the next attempt starts again. No process may have the queue
 * open meanwhile: it would continue with a file that no longer has a name.
 */
import { constants } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';
import type { JobStore } from '../../../core/ports/jobs/job-store.ts';
import { makeDirectory, sync } from '../../../support/files/durable.ts';
import { guarded } from '../../../support/files/io-error.ts';
import { openJobStore } from '../sqlite-job-store.ts';
import { salvageFile, type Salvaged } from './salvage.ts';

export interface FreshQueue extends Salvaged {
  /** Absolute path of the directory that keeps the damaged file. */
  readonly aside: string;
  /** Steps in the histories of tracks that came from entries and pointers. */
  readonly retold: number;
}

export interface FreshQueueOptions {
  /** The root, for messages. */
  readonly root: string;
  /** The damaged file. */
  readonly file: string;
  /** The directory below which the evidence is kept. */
  readonly quarantine: string;
  readonly now: Date;
  /** Adds to the fresh queue what is known from elsewhere, and gives the number of history steps. */
  readonly retell: (store: JobStore) => Promise<number>;
}

/** @throws CabError no_space, io_error, root_unwritable; then the damaged file is unchanged */
export function startFreshQueue(options: FreshQueueOptions): Promise<FreshQueue> {
  const { root, file, quarantine, now } = options;
  const aside = join(quarantine, `jobs-${now.toISOString().replace(/[:.]/g, '-')}`);
  return guarded(`a fresh queue for ${root}`, async () => {
    await keepEvidence(file, aside);
    const work = join(aside, 'work');
    await makeDirectory(work);
    const fresh = join(work, 'fresh.db');
    const salvaged = await salvageCopy(file, work, fresh);
    const retold = await retell(fresh, options);
    await takeThePlace(fresh, file);
    await rm(work, { recursive: true, force: true });
    return { aside, retold, ...salvaged };
  });
}

/** The log holds commits that are not in the file yet. Its index is rebuilt from it. */
const suffixes = ['', '-wal', '-shm'] as const;

async function keepEvidence(file: string, aside: string): Promise<void> {
  await makeDirectory(aside);
  await copyQueue(file, join(aside, 'jobs.db'));
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

/** Works on another copy, because reading changes the file that is read. */
async function salvageCopy(file: string, work: string, fresh: string): Promise<Salvaged> {
  const copy = join(work, 'damaged.db');
  await copyQueue(file, copy);
  return salvageFile(copy, fresh);
}

async function takeThePlace(fresh: string, place: string): Promise<void> {
  await sync(fresh);
  // SQLite would take a log that stays for the fresh file's own.
  for (const suffix of ['-wal', '-shm']) await rm(place + suffix, { force: true });
  await rename(fresh, place);
  await sync(dirname(place));
}

async function retell(fresh: string, options: FreshQueueOptions): Promise<number> {
  const store = await openJobStore({ file: fresh, create: true });
  if (store === undefined) throw new TypeError('a queue that was to be made was not');
  try {
    return await options.retell(store);
  } finally {
    await store.close();
  }
}
