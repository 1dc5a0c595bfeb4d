import type { BigIntStats } from 'node:fs';

/** `device:inode:size:mtime_ns:ctime_ns`: while it stays the same, so, as far as the system tells, do the bytes. */
export const fingerprintOf = (stats: BigIntStats): string =>
  `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
