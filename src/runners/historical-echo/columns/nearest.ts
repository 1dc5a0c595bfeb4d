import type { TierLabel } from '../artifact/tiers.ts';
import { type Neighbor, type SongScores, inTurn } from '../nearest.ts';
import { SongNames } from '../spine/song-names.ts';
import { scoreBy } from '../spine/scale.ts';
import type { TierSongs } from '../spine/spine.ts';
import { type SongWords, decodeAxes, decodeWords } from './block.ts';
import type { ColumnsFile } from './columns-file.ts';
import type { BlockEntry } from './image.ts';

interface Candidate {
  readonly block: BlockEntry;
  /** Index in its block. */
  readonly at: number;
  /** Place in its tier. */
  readonly place: number;
  readonly distance: number;
}

export interface Search {
  readonly scores: SongScores;
  readonly tempoWeight: number;
  readonly count: number;
  /** Limits the songs that may be looked at. */
  readonly mostSongs: number;
}

/**
 * Finds the same songs as `nearestNeighbors`. Undefined if more songs must be looked at than the search allows.
 * @throws ColumnsDamaged
 */
export function nearestInColumns(file: ColumnsFile, search: Search): Neighbor[] | undefined {
  const { meta, blocks } = file.index;
  const lists: (Candidate & { label: TierLabel })[][] = [];
  let left = search.mostSongs;
  let from = 0;
  for (const tier of meta.tiers) {
    const found = nearestOfTier(file, blocks.slice(from, from + tier.blocks), {
      ...search,
      mostSongs: left,
    });
    if (found === undefined) return undefined;
    lists.push(found.nearest.map((candidate) => ({ ...candidate, label: tier.label })));
    left -= found.looked;
    from += tier.blocks;
  }
  const words = new Map<BlockEntry, (song: number) => SongWords>();
  return inTurn(lists, search.count).map(({ label, block, at, distance }) => {
    const ofBlock = words.get(block) ?? wordsOf(file, block);
    words.set(block, ofBlock);
    return {
      tier: single(label, axesOf(file, block).axes.subarray(at * 4, at * 4 + 4), ofBlock(at)),
      song: 0,
      distance,
    };
  });
}

const axesOf = (file: ColumnsFile, { offset, axesBytes, songs, digests }: BlockEntry) =>
  decodeAxes(file.read(offset, axesBytes, digests[0]), songs);

const wordsOf = (
  file: ColumnsFile,
  { offset, axesBytes, wordsBytes, songs, digests }: BlockEntry,
) => decodeWords(file.read(offset + axesBytes, wordsBytes, digests[1]), songs);

/**
 * Takes the blocks in the order of the least distance that a song in them can have. That distance is computed by the
 * same steps as a song's, from scores that are nearer or equal. Each step rounds monotonically, so it is never above
 * the distance of a song in the block.
 */
function nearestOfTier(file: ColumnsFile, blocks: readonly BlockEntry[], search: Search) {
  const { count, mostSongs } = search;
  const near = blocks
    .map((block) => ({ block, least: leastDistance(block.box, search) }))
    .sort((one, other) => one.least - other.least);
  const score = scoreBy(file.index);
  let nearest: Candidate[] = [];
  let limit = Infinity;
  let looked = 0;
  for (const { block, least } of near) {
    if (least > limit) break;
    looked += block.songs;
    if (looked > mostSongs) return undefined;
    const found = songsWithin(file, block, search, score, limit);
    if (found.length === 0) continue;
    nearest = [...nearest, ...found]
      .sort((one, other) => one.distance - other.distance || one.place - other.place)
      .slice(0, count);
    if (nearest.length === count) limit = nearest.at(-1)?.distance ?? Infinity;
  }
  return { nearest, looked };
}

function leastDistance(box: Float64Array, { scores, tempoWeight }: Search): number {
  const [t, v, e, l] = scores.map((score, axis) => gap(score, box[axis] ?? 0, box[axis + 4] ?? 0));
  return distanceOf(t ?? 0, v ?? 0, e ?? 0, l ?? 0, tempoWeight);
}

const gap = (score: number, low: number, high: number): number => {
  if (score < low) return score - low;
  return score > high ? score - high : 0;
};

const distanceOf = (t: number, v: number, e: number, l: number, tempoWeight: number): number =>
  Math.sqrt(tempoWeight * t * t + v * v + e * e + l * l);

/**
 * Includes songs at the limit: for equal distances the place decides, and blocks do not come in the order of places.
 */
function songsWithin(
  file: ColumnsFile,
  block: BlockEntry,
  { scores: [tempo, valence, energy, loudness], tempoWeight }: Search,
  score: (axis: number, value: number) => number,
  limit: number,
): Candidate[] {
  const { axes, places } = axesOf(file, block);
  const found: Candidate[] = [];
  for (let at = 0; at < block.songs; at += 1) {
    const distance = distanceOf(
      tempo - score(0, axes[at * 4] ?? 0),
      valence - score(1, axes[at * 4 + 1] ?? 0),
      energy - score(2, axes[at * 4 + 2] ?? 0),
      loudness - score(3, axes[at * 4 + 3] ?? 0),
      tempoWeight,
    );
    if (distance <= limit) found.push({ block, at, place: places[at] ?? 0, distance });
  }
  return found;
}

/** A tier that holds only the song that was found. */
const single = (label: TierLabel, axes: Float64Array, words: SongWords): TierSongs => ({
  label,
  years: Int32Array.of(words.year),
  names: SongNames.of(words.artist, words.title),
  axes,
  scores: new Float64Array(4),
  bands: new Map(words.bands === undefined ? [] : [[0, words.bands]]),
  external: Uint8Array.of(words.isExternal ? 1 : 0),
});
