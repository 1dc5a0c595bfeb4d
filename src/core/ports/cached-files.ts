import type { TellStays } from './trash.ts';

export interface CacheBounds {
  /** Milliseconds of wall time; what was used last before goes. */
  readonly before: number;
  /** Of all that stays; the least recently used goes first. */
  readonly bytes: number;
}

/** What runners keep in a root to be faster the next time, and can make again. */
export interface CachedFiles {
  /**
   * Removes what the bounds do not leave, and gives the number of files; `dryRun` removes nothing. Safe beside runners that read and
   * write there. What cannot be removed is told and passed over.
   */
  trim(bounds: CacheBounds, dryRun: boolean, tell: TellStays): Promise<number>;
}
