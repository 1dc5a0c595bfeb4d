/**
 * Publication: how a staged entry becomes visible. Nothing half-written, nothing replaced.
 *
 *   1. chmod 0444 and fsync of each file            crash: staging only, swept later
 *   2. fsync of the staged directory                crash: the same
 *   3. mkdir echo/<config_hash>, fsync of parents   crash: an empty directory at most
 *   4. rename of the staged directory to its place  crash: all of the entry, or nothing of it
 *   5. fsync of echo/<config_hash>                  on return the entry survives a loss of power
 *
 * rename(2) refuses a directory that has files in it, so two publishers cannot replace each other: one wins,
 * and the other finds the place taken. A sound entry in the place stays; a corrupt one moves to quarantine,
 * and the rename is tried again.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  openSync,
  readdirSync,
  renameSync,
} from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CabError, errnoOf } from '../errors.ts';
import { failpoint } from '../failpoints.ts';
import { formatKey, type EntryKey } from '../model/key.ts';
import { makeDirectory, sync, syncDescriptor, syncDirectory } from './durable.ts';
import type { FoundEntry, Publication, PublicationOutcome, StagedEntry } from './entry-store.ts';
import { guarded } from './io-error.ts';
import type { Layout } from './layout.ts';

/** Each round ends with the place won, lost to a sound entry, or cleared of a corrupt one. */
const rounds = 10;

export function publish(
  entry: StagedEntry,
  layout: Layout,
  soundEntry: (key: EntryKey) => Promise<FoundEntry | undefined>,
): Promise<Publication> {
  const place = layout.entry(entry.key);
  return guarded(`publishing ${formatKey(entry.key)}`, async () => {
    await seal(entry.dir);
    await makeDirectory(dirname(place));
    failpoint('entry.place-made');
    let outcome: PublicationOutcome = 'published';
    for (let round = 0; round < rounds; round++) {
      if (await take(entry.dir, place)) return { outcome, entry };
      const standing = await soundEntry(entry.key);
      if (standing !== undefined) return { outcome: 'kept', entry: standing };
      await quarantine(place, entry.key, layout);
      outcome = 'replaced';
    }
    throw new CabError(
      'io_error',
      `publishing ${formatKey(entry.key)}: the place was taken ${rounds} times by entries that are not sound`,
    );
  });
}

/** Read-only, and on the disk. The files wait for it together: they share what the file system writes for each. */
async function seal(dir: string): Promise<void> {
  failpoint('entry.staged');
  const names = readdirSync(dir);
  for (let at = 0; at < names.length; at += filesAtOnce)
    await Promise.all(names.slice(at, at + filesAtOnce).map((name) => sealFile(join(dir, name))));
  failpoint('entry.files-synced');
  // Staging may be private; what is published is read by web servers too.
  chmodSync(dir, 0o755);
  await sync(dir);
  failpoint('entry.synced');
}

/** Bounds the descriptors that are open at a time. */
const filesAtOnce = 16;

async function sealFile(path: string): Promise<void> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    fchmodSync(descriptor, 0o444);
    await syncDescriptor(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

async function take(staged: string, place: string): Promise<boolean> {
  try {
    renameSync(staged, place);
  } catch (error) {
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

async function quarantine(place: string, key: EntryKey, layout: Layout): Promise<void> {
  await makeDirectory(layout.quarantine);
  const evidence = join(
    layout.quarantine,
    `${Date.now()}-${process.pid}-${key.config_hash.slice(0, 64)}-${key.source_hash.slice(0, 64)}`,
  );
  try {
    await rename(place, evidence);
  } catch (error) {
    // Another publisher moved it first.
    if (errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  await syncDirectory(layout.quarantine);
  await syncDirectory(dirname(place));
  failpoint('entry.quarantined');
}
