/** Orders the songs of one tier so that songs that are near each other lie together. */
export interface Arrangement {
  /** Indexes of songs, ascending within a block. */
  readonly order: Uint32Array;
  /** Where each block begins in `order`, and the length of `order` at the end. */
  readonly bounds: readonly number[];
}

/**
 * The most songs of a block. A probe reads whole blocks: smaller blocks make the index larger, and larger blocks
 * make each read longer.
 */
const blockSongs = 512;

/** Cuts the songs in two at the median of their widest axis, and cuts the halves in the same way, down to blocks. */
export function arrange(scores: Float64Array): Arrangement {
  const order = Uint32Array.from({ length: scores.length / 4 }, (_, song) => song);
  const bounds: number[] = [];
  const cut = (from: number, to: number): void => {
    if (to - from <= blockSongs) {
      order.subarray(from, to).sort();
      bounds.push(from);
      return;
    }
    const middle = (from + to) >>> 1;
    select(order, scores, widestAxis(order, scores, from, to), from, to - 1, middle);
    cut(from, middle);
    cut(middle, to);
  };
  if (order.length > 0) cut(0, order.length);
  return { order, bounds: [...bounds, order.length] };
}

function widestAxis(order: Uint32Array, scores: Float64Array, from: number, to: number): number {
  const low = [Infinity, Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity, -Infinity];
  // A sample shows the widest axis as well as all songs do.
  const step = Math.max(1, Math.floor((to - from) / 1024));
  for (let at = from; at < to; at += step) {
    const place = (order[at] ?? 0) * 4;
    for (let axis = 0; axis < 4; axis += 1) {
      const score = scores[place + axis] ?? 0;
      if (score < (low[axis] ?? 0)) low[axis] = score;
      if (score > (high[axis] ?? 0)) high[axis] = score;
    }
  }
  const widths = high.map((top, axis) => top - (low[axis] ?? 0));
  return widths.indexOf(Math.max(...widths));
}

/**
 * Hoare's selection: places `order[nth]` as a full sort would, with lower scores before it and higher ones after it.
 */
function select(
  order: Uint32Array,
  scores: Float64Array,
  axis: number,
  first: number,
  last: number,
  nth: number,
): void {
  let [left, right] = [first, last];
  while (left < right) {
    const pivot = middleOf(order, scores, axis, left, right);
    let [up, down] = [left, right];
    while (up <= down) {
      while ((scores[(order[up] ?? 0) * 4 + axis] ?? 0) < pivot) up += 1;
      while ((scores[(order[down] ?? 0) * 4 + axis] ?? 0) > pivot) down -= 1;
      if (up > down) break;
      const song = order[up] ?? 0;
      order[up] = order[down] ?? 0;
      order[down] = song;
      up += 1;
      down -= 1;
    }
    if (nth <= down) right = down;
    else if (nth >= up) left = up;
    else return;
  }
}

/** The median of a sample of nine, spread over the range, so that sorted rows are also cut in halves. */
function middleOf(
  order: Uint32Array,
  scores: Float64Array,
  axis: number,
  left: number,
  right: number,
): number {
  const sample = Float64Array.from({ length: 9 }, (_, part) => {
    const at = left + Math.floor(((right - left) * part) / 8);
    return scores[(order[at] ?? 0) * 4 + axis] ?? 0;
  });
  return sample.sort()[4] ?? 0;
}
