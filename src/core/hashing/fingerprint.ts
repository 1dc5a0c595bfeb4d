import type { BigIntStats } from 'node:fs';

/** `device:inode:size:mtime_ns:ctime_ns`; a file whose fingerprint is the same as before holds the same bytes. */
export const fingerprintOf = (stats: BigIntStats): string =>
  [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':');
