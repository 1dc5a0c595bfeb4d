import { isUnchanged, type Sighting } from './held-file.ts';

/**
 * Whether a file still stands as it was seen before it was read. Each call looks again, also within a turn of the event
 * loop: whoever saw a pointer move and asks for it then sees it moved. Undefined if a look cannot tell.
 */
export const stillStands = (seen: Sighting | undefined): (() => boolean) | undefined =>
  seen !== undefined && isSettled(seen) ? () => isUnchanged(seen) : undefined;

/**
 * Pointers are replaced often, and the file of the last but one may leave its inode to the next. Times of files go in
 * ticks of up to 10 ms: within the one in which the file was made, another could look the same.
 */
const isSettled = ({ stats }: Sighting): boolean =>
  BigInt(Date.now() - tickMs) * 1_000_000n > stats.ctimeNs;

const tickMs = 50;
