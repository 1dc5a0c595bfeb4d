import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { errnoOf } from '../model/errors.ts';

/** `device:inode:size:mtime_ns:ctime_ns`. While it is the same, the bytes are the same, as far as the system tells. */
export const fingerprintOf = (stats: BigIntStats): string =>
  `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;

/**
 * Whether a change after the stats were taken would change the fingerprint. The system's clock for files advances in ticks: two
 * changes within one tick have the same stamp.
 * @param takenAt milliseconds, no later than the stats were taken
 */
export function isSettled({ mtimeNs, ctimeNs }: BigIntStats, takenAt: number): boolean {
  const isWholeSecond = ctimeNs % second === 0n && mtimeNs % second === 0n;
  const tick = isWholeSecond ? coarseTick : fineTick;
  return BigInt(takenAt) * 1_000_000n - ctimeNs > tick;
}

/** Whether a file is gone, or has changed since it had this fingerprint. */
export async function isStale(path: string, fingerprint: string): Promise<boolean> {
  try {
    return fingerprintOf(await lstat(path, { bigint: true })) !== fingerprint;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    // A file that cannot be read today may be the same tomorrow.
    return errnoOf(error) === 'ENOENT';
  }
}

/** Nanoseconds. Linux ticks every 1 to 10 ms; some file systems keep whole seconds, FAT steps of 2 s. */
const second = 1_000_000_000n;
const fineTick = 20_000_000n;
const coarseTick = 2n * second;
