/**
 * Bytes of an entry that stay in memory. They were hashed, so they match their digest whatever happens on the disk.
 * Before each use it is enough to ask whether the entry still stands and is the same. One `lstat` of each file
 * answers that: a change, replacement, move or removal changes its result.
 *
 * The looks are synchronous. Each takes a few microseconds, because the kernel caches the inodes of files in frequent
 * use. A trip through the thread pool costs many times that, and may wait behind reads of large files.
 */
import { lstatSync, type BigIntStats } from 'node:fs';
import { errnoOf } from '../../../core/model/errors.ts';
import type { HeldFile } from '../../../core/ports/entry-store.ts';

/** A file, and how it stood before it was read. */
export interface Sighting {
  readonly path: string;
  readonly stats: SeenStats;
}

/** Only the parts of `lstat` that are compared. All of them take a kilobyte, and thousands of files are held. */
export type SeenStats = Pick<BigIntStats, 'dev' | 'ino' | 'size' | 'mtimeNs' | 'ctimeNs'>;

/** `onRead` is called after each look that finds the file current. */
export function heldFile(
  bytes: Buffer,
  sightings: readonly Sighting[],
  onRead: () => void,
): HeldFile {
  let lookedIn = -1;
  return {
    bytes,
    isCurrent: () => {
      if (lookedIn === thisTurn()) return true;
      if (!sightings.every(isUnchanged)) return false;
      lookedIn = thisTurn();
      onRead();
      return true;
    },
  };
}

/** Undefined if no file can be seen there. Also undefined for a link, because its target may change unseen. */
export function sight(path: string): Sighting | undefined {
  const stats = lookAt(path);
  return stats?.isFile() === true ? sightingOf(path, stats) : undefined;
}

export const sightingOf = (path: string, stats: SeenStats): Sighting => {
  const { dev, ino, size, mtimeNs, ctimeNs } = stats;
  return { path, stats: { dev, ino, size, mtimeNs, ctimeNs } };
};

export function isUnchanged({ path, stats }: Sighting): boolean {
  const now = lookAt(path);
  return (
    now !== undefined &&
    now.ino === stats.ino &&
    now.ctimeNs === stats.ctimeNs &&
    now.mtimeNs === stats.mtimeNs &&
    now.size === stats.size &&
    now.dev === stats.dev
  );
}

/** Without following a link. Undefined if nothing can be seen there. */
export function lookAt(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    // Opening the file again tells why it cannot be seen.
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

let turn = 0;
let isEndAwaited = false;

/** Calls in the same turn of the event loop were all there before it began, so one look answers for all of them. */
function thisTurn(): number {
  if (!isEndAwaited) {
    isEndAwaited = true;
    setImmediate(() => {
      turn += 1;
      isEndAwaited = false;
    });
  }
  return turn;
}
