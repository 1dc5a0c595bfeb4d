/**
 * Publication: how a staged entry becomes visible. Nothing half-written, nothing replaced.
 *
 *   1. chmod and fsync of each file, fsync of the  crash: staging only, swept later
 *      staged directory
 *   2. mkdir echo/<config_hash>, fsync of parents   crash: an empty directory at most
 *   3. rename of the staged directory to its place  crash: all of the entry, or nothing of it
 *   4. fsync of echo/<config_hash>                  on return the entry survives a loss of power
 *
 * rename(2) refuses a directory that has files in it, so two publishers cannot replace each other: one wins,
 * and the other finds the place taken. A sound entry in the place stays, and is freshened, so that a collection
 * leaves it; a corrupt one moves to quarantine, and the rename is tried again. A collection removes directories
 * that are empty: one that it took between 2 and 3 is made again, and so is the rename.
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
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { failpoint } from '../../support/failpoints.ts';
import { formatKey, type EntryKey } from '../../core/model/key.ts';
import { makeDirectory, sync, syncDescriptor, syncDirectory } from '../../support/files/durable.ts';
import type { FoundEntry, Publication, PublicationOutcome } from '../../core/ports/entry-store.ts';
import type { StagedEntry } from '../../core/ports/workspace.ts';
import { guarded } from '../../support/files/io-error.ts';
import type { Layout } from './layout.ts';
import { moveTree } from '../../support/files/move-tree.ts';
import { isUntouched, stillWritten } from '../../core/hashing/untouched.ts';

/** Each round ends with the place won, lost to a sound entry, or cleared of a corrupt one. */
const rounds = 10;

export function publish(
  entry: StagedEntry,
  layout: Layout,
  claimEntry: (key: EntryKey) => Promise<FoundEntry | undefined>,
): Promise<Publication> {
  const place = layout.entry(entry.key);
  return guarded(`publishing ${formatKey(entry.key)}`, async () => {
    await seal(entry.dir, entry.mode ?? 0o444);
    refuseUnfinished(entry);
    await makeDirectory(layout.entries);
    let outcome: PublicationOutcome = 'published';
    for (let round = 0; round < rounds; round++) {
      await makeDirectory(dirname(place));
      failpoint('entry.place-made');
      const taken = await take(entry.dir, place);
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
  });
}

/** What a runner left open changes after it answered, an unawaited stream say: by now some milliseconds have passed. */
function refuseUnfinished({ copiedFrom = [], manifest }: StagedEntry): void {
  for (const from of copiedFrom)
    if (!isUntouched(from))
      throw stillWritten(from.path, manifest.runner?.runner_name ?? 'of the entry');
}

/** Read-only, and on the disk. All of it waits for that together: it shares what the file system writes for each. */
async function seal(dir: string, mode: number): Promise<void> {
  failpoint('entry.staged');
  // Staging is private; what is published is read by web servers too, unless what it was made of was not.
  const readers = mode & 0o044;
  const { folders, files } = below(dir);
  for (const folder of folders) chmodSync(folder, 0o700 | readers | (readers >> 2));
  await Promise.all([...folders.map(sync), sealFiles(files, mode)]);
  failpoint('entry.synced');
}

/** The directory, and all that is in it. */
function below(dir: string): { folders: string[]; files: string[] } {
  const folders = [dir];
  const files: string[] = [];
  for (const folder of folders)
    for (const item of readdirSync(folder, { withFileTypes: true }))
      (item.isDirectory() ? folders : files).push(join(folder, item.name));
  return { folders, files };
}

async function sealFiles(files: readonly string[], mode: number): Promise<void> {
  for (let at = 0; at < files.length; at += filesAtOnce)
    await Promise.all(files.slice(at, at + filesAtOnce).map((file) => sealFile(file, mode)));
  failpoint('entry.files-synced');
}

/** Bounds the descriptors that are open at a time. */
const filesAtOnce = 16;

async function sealFile(path: string, mode: number): Promise<void> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    fchmodSync(descriptor, mode);
    await syncDescriptor(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** False where something stands there; `no place` where its directory is gone. */
async function take(staged: string, place: string): Promise<boolean | 'no place'> {
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
  await syncDirectory(dirname(place));
  failpoint('entry.place-synced');
  return true;
}

/** Gives the place of the evidence; undefined where it was gone: another publisher moved it first, or a collection. */
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
  await syncIfThere(dirname(place));
  failpoint('entry.quarantined');
  return evidence;
}

/** The directory that the last entry left may be gone as well. */
async function syncIfThere(dir: string): Promise<void> {
  try {
    await syncDirectory(dir);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
