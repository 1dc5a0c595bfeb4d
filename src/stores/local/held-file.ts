/**
 * Bytes of an entry that stay in memory. They were hashed, so they are what their digest says whatever becomes of the
 * disk; what must be asked before each use is whether the entry still stands and still says so. One look at each file
 * tells: whoever changes, replaces, moves or removes one changes what `lstat` gives.
 *
 * The looks are synchronous. They take a few microseconds each, for the kernel knows the inodes of what is asked for
 * often; the thread pool costs many times that, and lets calls wait behind reads of large files.
 */
import { lstatSync, type BigIntStats } from 'node:fs';
import { errnoOf } from '../../core/model/errors.ts';
import type { HeldFile } from '../../core/ports/entry-store.ts';

/** A file, and how it stood before it was read. */
export interface Sighting {
  readonly path: string;
  readonly stats: SeenStats;
}

/** Of what `lstat` says no more than is compared: all of it takes a kilobyte, and thousands of files are held. */
export type SeenStats = Pick<BigIntStats, 'dev' | 'ino' | 'size' | 'mtimeNs' | 'ctimeNs'>;

/** `onRead` is told of each look that finds the file current. */
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

/** Undefined where no file can be seen there, and for a link: what it leads to may change unseen. */
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

function lookAt(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    // Whatever keeps it from being seen: opening it anew says what it is.
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

let turn = 0;
let isEndAwaited = false;

/**
 * Calls that come in the same turn of the event loop were all there before it began, so that one look answers for
 * them all.
 */
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
