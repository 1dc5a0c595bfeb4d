import type { TellStays } from './trash.ts';

export interface CacheBounds {
  /** Milliseconds of wall time. Files last used before this are removed. */
  readonly before: number;
  /** The most bytes that may stay. The least recently used files are removed first. */
  readonly bytes: number;
}

/** Files that runners keep in a root to be faster the next time, and can make again. */
export interface CachedFiles {
  /**
   * Removes the files that exceed the bounds and returns their number. `dryRun` removes nothing. Safe while runners read and
   * write these files. A file that cannot be removed is reported through `tell` and skipped.
   */
  trim(bounds: CacheBounds, dryRun: boolean, tell: TellStays): Promise<number>;
}
