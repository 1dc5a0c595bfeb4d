import type { Spine, TierSongs } from './spine/spine.ts';

/** Z-scores of the song in progress: tempo, valence, energy, loudness. */
export type SongScores = readonly [number, number, number, number];

export interface Neighbor {
  readonly tier: TierSongs;
  /** Index into the columns of the tier. */
  readonly song: number;
  readonly distance: number;
}

/** The nearest songs: one from each tier in turn, the best tier first, until there are `count`. */
export function nearestNeighbors(
  spine: Spine,
  scores: SongScores,
  tempoWeight: number,
  count: number,
): Neighbor[] {
  return inTurn(
    spine.tiers.map((tier) => nearestOfTier(tier, scores, tempoWeight, count)),
    count,
  );
}

/** Takes one item of each list in turn, until there are `count`. */
export function inTurn<T>(lists: readonly (readonly T[])[], count: number): T[] {
  const chosen: T[] = [];
  for (let rank = 0; rank < count; rank += 1)
    for (const list of lists) {
      const neighbor = list[rank];
      if (neighbor !== undefined && chosen.length < count) chosen.push(neighbor);
    }
  return chosen;
}

interface Candidate {
  readonly song: number;
  readonly square: number;
  readonly distance: number;
}

/**
 * Sorted by distance, then by place in the tier. Candidates below a limit are collected. Each time they are cut down
 * to the best `count`, the limit becomes smaller, so nearly all songs are skipped after one comparison.
 */
function nearestOfTier(
  tier: TierSongs,
  [tempo, valence, energy, loudness]: SongScores,
  tempoWeight: number,
  count: number,
): Neighbor[] {
  const { scores } = tier;
  let candidates: Candidate[] = [];
  // Not Infinity: until there are enough, no song may be skipped, not even one whose distance overflowed.
  let limit = NaN;
  for (let at = 0; at < scores.length; at += 4) {
    const t = tempo - (scores[at] ?? 0);
    const v = valence - (scores[at + 1] ?? 0);
    const e = energy - (scores[at + 2] ?? 0);
    const l = loudness - (scores[at + 3] ?? 0);
    const square = tempoWeight * t * t + v * v + e * e + l * l;
    if (square >= limit) continue;
    candidates.push({ song: at >> 2, square, distance: Math.sqrt(square) });
    if (candidates.length < 2 * count + spare) continue;
    candidates = best(candidates, count);
    limit = candidates.at(-1)?.square ?? NaN;
  }
  return best(candidates, count).map(({ song, distance }) => ({ tier, song, distance }));
}

const spare = 64;

// Two squares may have the same root. So only distances are compared, and for equal distances the place.
const best = (candidates: Candidate[], count: number): Candidate[] =>
  candidates
    .sort((one, other) => one.distance - other.distance || one.song - other.song)
    .slice(0, count);
