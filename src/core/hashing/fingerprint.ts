import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { errnoOf } from '../model/errors.ts';

/** `device:inode:size:mtime_ns:ctime_ns`: while it stays the same, so, as far as the system tells, do the bytes. */
export const fingerprintOf = (stats: BigIntStats): string =>
  `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;

/**
 * Whether a change after the stats were taken would show in their fingerprint. The system stamps files by a clock that
 * ticks: two changes within one tick have one stamp.
 * @param takenAt milliseconds, no later than the stats were taken
 */
export function isSettled({ mtimeNs, ctimeNs }: BigIntStats, takenAt: number): boolean {
  const isWholeSecond = ctimeNs % second === 0n && mtimeNs % second === 0n;
  const tick = isWholeSecond ? coarseTick : fineTick;
  return BigInt(takenAt) * 1_000_000n - ctimeNs > tick;
}

/** Whether a file is not what it was when it had this fingerprint, or is gone. */
export async function isStale(path: string, fingerprint: string): Promise<boolean> {
  try {
    return fingerprintOf(await lstat(path, { bigint: true })) !== fingerprint;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    // One that cannot be looked at today may be the same tomorrow.
    return errnoOf(error) === 'ENOENT';
  }
}

/** Nanoseconds. Linux ticks every 1 to 10 ms; some file systems keep seconds, FAT every other one. */
const second = 1_000_000_000n;
const fineTick = 20_000_000n;
const coarseTick = 2n * second;
