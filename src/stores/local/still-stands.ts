import { isUnchanged, type Sighting } from './held-file.ts';

/**
 * Whether a file still stands as it was seen before it was read. Each call looks again, even within one turn of the
 * event loop, so that whoever saw a pointer move gets the moved one. Undefined if a look cannot tell.
 */
export const stillStands = (seen: Sighting | undefined): (() => boolean) | undefined =>
  seen !== undefined && isSettled(seen) ? () => isUnchanged(seen) : undefined;

/**
 * Pointers are replaced often, and a new file may get the inode of an earlier one. File times advance in ticks of up
 * to 10 ms: within the tick in which the file was made, another file could look the same.
 */
const isSettled = ({ stats }: Sighting): boolean =>
  BigInt(Date.now() - tickMs) * 1_000_000n > stats.ctimeNs;

const tickMs = 50;
