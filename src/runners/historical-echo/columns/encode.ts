import { sha256 } from '../../../core/hashing/digest.ts';
import type { Spine, TierSongs } from '../spine/spine.ts';
import { arrange } from './arrange.ts';
import { encodeAxes, encodeWords } from './block.ts';
import { type BlockEntry, encodeIndex } from './image.ts';

/**
 * The bytes of a file of columns. Undefined if columns cannot represent the spine: a score is not finite, so bounds
 * do not hold, or the words are too long.
 */
export function encodeColumns(name: string, spine: Spine): Uint8Array | undefined {
  const blocks: BlockEntry[] = [];
  const parts: Uint8Array[] = [];
  const tiers: { label: TierSongs['label']; blocks: number }[] = [];
  let offset = 0;
  for (const tier of spine.tiers) {
    const { order, bounds } = arrange(tier.scores);
    for (let at = 1; at < bounds.length; at += 1) {
      const songs = order.subarray(bounds[at - 1], bounds[at]);
      if (songs.length === 0) continue;
      const box = boxOf(tier.scores, songs);
      const axes = encodeAxes(tier, songs);
      const words = encodeWords(tier, songs);
      if (box === undefined || words === undefined) return undefined;
      const sizes = { songs: songs.length, axesBytes: axes.length, wordsBytes: words.length };
      blocks.push({ box, offset, ...sizes, digests: [sha256(axes), sha256(words)] });
      parts.push(axes, words);
      offset += axes.length + words.length;
    }
    tiers.push({ label: tier.label, blocks: bounds.length - 1 });
  }
  const { totalRows, skippedNonNumeric, scale } = spine;
  const meta = { name, totalRows, skippedNonNumeric, tiers };
  return Buffer.concat([encodeIndex({ meta, ...scale, blocks }), ...parts]);
}

/** The lowest score of each axis, then the highest. Undefined if a score is not finite. */
function boxOf(scores: Float64Array, songs: Uint32Array): Float64Array | undefined {
  const box = Float64Array.of(
    ...Array<number>(4).fill(Infinity),
    ...Array<number>(4).fill(-Infinity),
  );
  for (const song of songs)
    for (let axis = 0; axis < 4; axis += 1) {
      const score = scores[song * 4 + axis] ?? NaN;
      if (!Number.isFinite(score)) return undefined;
      if (score < (box[axis] ?? NaN)) box[axis] = score;
      if (score > (box[axis + 4] ?? NaN)) box[axis + 4] = score;
    }
  return box;
}
