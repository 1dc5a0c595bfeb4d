/**
 * Publication: how a staged entry becomes visible. No reader sees half an entry, and no entry is replaced.
 *
 *   1. chmod and fsync of each file, fsync of the  crash: staging only, swept later
 *      staged directory
 *   2. mkdir echo/<config_hash>, fsync of parents   crash: an empty directory at most
 *   3. rename of the staged directory to its place  crash: all of the entry, or nothing of it
 *   4. fsync of echo/<config_hash>                  on return the entry survives a loss of power
 *
 * rename(2) refuses to replace a directory that has files in it. So of two publishers one wins, and the other finds
 * the place taken. If a sound entry stands in the place, it stays and is freshened, so that garbage collection keeps
 * it. If a corrupt entry stands there, it moves to quarantine and the rename is tried again. Garbage collection
 * removes empty directories: if it removes one between steps 2 and 3, the directory is made again and the rename is
 * tried again.
 */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  openSync,
  readdirSync,
  renameSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { CabError, errnoOf } from '../../../core/model/errors.ts';
import { failpoint } from '../../../support/failpoints.ts';
import { formatKey, type EntryKey } from '../../../core/model/entry/key.ts';
import {
  makeDirectory,
  sync,
  syncDescriptor,
  syncDirectory,
  syncDirectoryIfThere,
} from '../../../support/files/durable.ts';
import type {
  FoundEntry,
  Publication,
  PublicationOutcome,
} from '../../../core/ports/entry-store.ts';
import type { StagedEntry } from '../../../core/ports/workspace.ts';
import { guarded } from '../../../support/files/io-error.ts';
import type { Layout } from '../layout.ts';
import { moveTree } from '../../../support/files/move-tree.ts';
import { refuseUnfinished } from '../../../core/hashing/untouched.ts';

/** In each round the place is won, lost to a sound entry, cleared of a corrupt entry, or found gone. */
const rounds = 10;

export function publish(
  entry: StagedEntry,
  layout: Layout,
  claimEntry: ClaimEntry,
): Promise<Publication> {
  return guarded(`publishing ${formatKey(entry.key)}`, async () => {
    await seal(entry.dir, entry.mode ?? 0o444);
    // By now some milliseconds have passed since the runner answered.
    refuseUnfinished(entry);
    const publication = await moveToPlace(entry, layout, claimEntry);
    if (publication.outcome !== 'kept') {
      await syncDirectory(dirname(layout.entry(entry.key)));
      failpoint('entry.place-synced');
    }
    return publication;
  });
}

export type ClaimEntry = (key: EntryKey) => Promise<FoundEntry | undefined>;

/** Steps 2 and 3. The files are whole, and have their permissions. */
export async function moveToPlace(
  entry: StagedEntry,
  layout: Layout,
  claimEntry: ClaimEntry,
): Promise<Publication> {
  const place = layout.entry(entry.key);
  await makeDirectory(layout.entries);
  let outcome: PublicationOutcome = 'published';
  for (let round = 0; round < rounds; round++) {
    await makeDirectory(dirname(place));
    failpoint('entry.place-made');
    const taken = take(entry.dir, place);
    if (taken === true) return { outcome, entry };
    if (taken === 'no place') continue;
    const standing = await claimEntry(entry.key);
    if (standing !== undefined) return { outcome: 'kept', entry: standing };
    if ((await quarantine(place, entry.key, layout, entry.manifestName)) !== undefined)
      outcome = 'replaced';
  }
  throw new CabError(
    'io_error',
    `publishing ${formatKey(entry.key)}: the place was taken or gone ${rounds} times`,
  );
}

/**
 * Makes the files read-only and flushes them. They are flushed together, because the file system can then share its
 * writes.
 */
async function seal(dir: string, mode: number): Promise<void> {
  failpoint('entry.staged');
  const { folders, files } = below(dir);
  for (const folder of folders) chmodSync(folder, folderMode(mode));
  await Promise.all([...folders.map(sync), sealFiles(files, mode)]);
  failpoint('entry.synced');
}

/**
 * Permissions of a folder of an entry. Staging is private. A published entry is also read by web servers, unless its sources were
 * private.
 * @param mode permissions of its files
 */
export const folderMode = (mode: number): number => 0o700 | (mode & 0o044) | ((mode & 0o044) >> 2);

/** The directory, and everything in it. */
export function below(dir: string): { folders: string[]; files: string[] } {
  const folders = [dir];
  const files: string[] = [];
  for (const folder of folders)
    for (const item of readdirSync(folder, { withFileTypes: true }))
      (item.isDirectory() ? folders : files).push(join(folder, item.name));
  return { folders, files };
}

async function sealFiles(files: readonly string[], mode: number): Promise<void> {
  await someAtATime(files, (file) => sealFile(file, mode));
  failpoint('entry.files-synced');
}

/** Limits how many descriptors are open at a time. */
export async function someAtATime<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < items.length; at += mostAtOnce)
    await Promise.all(items.slice(at, at + mostAtOnce).map(work));
}

const mostAtOnce = 16;

async function sealFile(path: string, mode: number): Promise<void> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    fchmodSync(descriptor, mode);
    await syncDescriptor(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** False if something stands in the place; `no place` if the place's directory is gone. */
function take(staged: string, place: string): boolean | 'no place' {
  try {
    renameSync(staged, place);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && existsSync(staged)) return 'no place';
    if (
      errnoOf(error) === 'ENOTEMPTY' ||
      errnoOf(error) === 'EEXIST' ||
      errnoOf(error) === 'ENOTDIR'
    )
      return false;
    throw error;
  }
  failpoint('entry.renamed');
  return true;
}

/**
 * Moves an entry to quarantine and gives its path there. Undefined if the entry was gone: another publisher or
 * garbage collection moved it first.
 */
export async function quarantine(
  place: string,
  key: EntryKey,
  layout: Layout,
  manifestName: string,
): Promise<string | undefined> {
  await makeDirectory(layout.quarantine);
  const evidence = join(
    layout.quarantine,
    `${Date.now()}-${process.pid}-${key.config_hash.slice(0, 64)}-${key.source_hash.slice(0, 64)}`,
  );
  try {
    failpoint('entry.quarantining');
    moveTree(place, evidence, { manifestName, manifest: 'first' });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  await syncDirectory(layout.quarantine);
  // The directory may be gone as well, if this was its last entry.
  await syncDirectoryIfThere(dirname(place));
  failpoint('entry.quarantined');
  return evidence;
}
