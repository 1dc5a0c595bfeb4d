import { randomPiece } from './random.ts';

/** Makes the id that follows `last`; `now` in milliseconds of wall time. */
export type IdMaker = (last: string | undefined, now: number) => string;

const maxSequence = 0xffff_ffff;

/**
 * Makes UUIDv7 ids that ascend strictly from the last one, also as text, whatever the wall clock does. If the clock stands
 * still or is behind the last id, the new id keeps the time of the last one and increases its counter.
 */
export const idMaker = (): Promise<IdMaker> => (loading ??= load());

let loading: Promise<IdMaker> | undefined;

async function load(): Promise<IdMaker> {
  // Only a submission needs the package; reading the queue starts without it.
  const { v7 } = await import('uuid');
  return (last, now) => {
    const before = last === undefined ? undefined : readId(last);
    if (before === undefined || now > before.msecs) return v7({ msecs: now, rng: randomPiece });
    return before.seq < maxSequence
      ? v7({ msecs: before.msecs, seq: before.seq + 1, rng: randomPiece })
      : v7({ msecs: before.msecs + 1, seq: 0, rng: randomPiece });
  };
}

/** Milliseconds of wall time. */
export const timeOfId = (id: string): number => readId(id).msecs;

/** The 48 bits of time, and the 32 bits that follow them, without version and variant. */
function readId(id: string): { msecs: number; seq: number } {
  const hex = id.replaceAll('-', '');
  const bits = (from: number, to: number): number => Number.parseInt(hex.slice(from, to), 16);
  const seq = bits(13, 16) * 2 ** 20 + (bits(16, 20) & 0x3fff) * 2 ** 6 + (bits(20, 22) >> 2);
  return { msecs: bits(0, 12), seq };
}

/** How many numbers of `numberedIds` stand for one millisecond. Numbers until 2109 are exact. */
export const idsPerMs = 2048;

/** Makes UUIDv7 ids of ascending numbers: the time in milliseconds times `idsPerMs`, and a counter. */
export async function numberedIds(): Promise<(number: number) => string> {
  const { v7 } = await import('uuid');
  return (number) =>
    v7({
      msecs: Math.floor(number / idsPerMs),
      // Eleven bits of the counter; the rest is random.
      seq: (number % idsPerMs) * 2 ** 21,
      rng: randomPiece,
    });
}
