import type { Axes } from './acousticbrainz.ts';
import type { Bands } from '../artifact/bands.ts';
import { ExactMoments } from '../exact-moments.ts';
import type { SpineQuery } from '../probe-arguments.ts';
import type { SpineDatabase } from './spine-database.ts';
import { Growing } from './growing.ts';
import { type Scale, scoreBy } from './scale.ts';
import { NameSet } from './name-set.ts';
import { SongNames } from './song-names.ts';
import type { SongRow } from './rows/song-row.ts';
import { readRows } from './rows/spine-rows.ts';
import type { TierLabel } from '../artifact/tiers.ts';

/** The songs of one tier, as columns. No song occurs twice over all tiers. `i` counts songs. */
export interface TierSongs {
  readonly label: TierLabel;
  readonly years: Int32Array;
  readonly names: SongNames;
  /** `i * 4`: tempo, valence, energy, loudness; all finite. */
  readonly axes: Float64Array;
  /** As `axes`, but as deviations from the mean in units of the standard deviation. */
  readonly scores: Float64Array;
  /** Bands of songs whose rows store other bands than those of their values. */
  readonly bands: ReadonlyMap<number, Bands>;
  /** 1 if the axes came from AcousticBrainz. */
  readonly external: Uint8Array;
}

/** What a probe needs of a spine. Nothing else of it stays in memory. */
export interface Spine {
  /** Best tier first. */
  readonly tiers: readonly TierSongs[];
  /** Number of songs, including those with a non-finite axis. */
  readonly totalRows: number;
  readonly skippedNonNumeric: number;
  readonly scale: Scale;
  /** Z-score of a value on the axis with this index, in the order of `TierSongs.axes`. */
  readonly score: (axis: number, value: number) => number;
}

/** Reads all songs that a query selects. Calls `onRows` with their number now and then. */
export function readSpine(
  database: SpineDatabase,
  query: SpineQuery,
  onRows: (rows: number) => void = () => undefined,
): Spine {
  const taken = new NameSet();
  let skippedNonNumeric = 0;
  const drafts = query.searches.map((search) => {
    const draft = new Draft(search.label);
    for (const row of readRows(database, search, query)) {
      // A better tier or an earlier row already has this song.
      if (!taken.add(row.words, row.titleEnd, row.slugEnd)) continue;
      if (isFinite(row)) draft.add(row);
      else skippedNonNumeric += 1;
      if (taken.size % rowsBetweenCalls === 0) onRows(taken.size);
    }
    return draft.finish();
  });
  const scale = scaleOf(drafts);
  const score = scoreBy(scale);
  return {
    tiers: drafts.map((draft) => withScores(draft, score)),
    totalRows: taken.size,
    skippedNonNumeric,
    scale,
    score,
  };
}

const rowsBetweenCalls = 50_000;

const isFinite = (row: Axes): boolean =>
  Number.isFinite(row.tempo) &&
  Number.isFinite(row.valence) &&
  Number.isFinite(row.energy) &&
  Number.isFinite(row.loudness);

/** A tier while it is read. */
class Draft {
  readonly #axes = new Growing((length) => new Float64Array(length));
  readonly #external = new Growing((length) => new Uint8Array(length));
  readonly #years = new Growing((length) => new Int32Array(length));
  readonly #names = new SongNames();
  readonly #bands = new Map<number, Bands>();
  readonly #label: TierLabel;

  constructor(label: TierLabel) {
    this.#label = label;
  }

  add(row: SongRow): void {
    if (row.bands !== null) this.#bands.set(this.#years.length, row.bands);
    this.#years.push(row.year);
    this.#names.push(row.words, row.artistEnd, row.titleEnd);
    this.#axes.push(row.tempo);
    this.#axes.push(row.valence);
    this.#axes.push(row.energy);
    this.#axes.push(row.loudness);
    this.#external.push(row.source === 'acousticbrainz' ? 1 : 0);
  }

  finish() {
    return {
      label: this.#label,
      years: this.#years.finish(),
      names: this.#names,
      axes: this.#axes.finish(),
      bands: this.#bands,
      external: this.#external.finish(),
    };
  }
}

type Columns = Omit<TierSongs, 'scores'>;

function withScores(columns: Columns, score: Spine['score']): TierSongs {
  const { axes } = columns;
  const scores = new Float64Array(axes.length);
  for (let at = 0; at < axes.length; at += 1) scores[at] = score(at % 4, axes[at] ?? NaN);
  return { ...columns, scores };
}

/** Computed from local songs, or from all songs if none is local, because the two sources have different scales. */
function scaleOf(tiers: readonly Columns[]): Scale {
  const anyLocal = tiers.some(({ external }) => external.includes(0));
  const moments = [0, 1, 2, 3].map(() => new ExactMoments());
  for (const { axes, external } of tiers)
    for (const [axis, moment] of moments.entries())
      for (let song = 0; song < external.length; song += 1)
        if (!anyLocal || external[song] === 0) moment.add(axes[song * 4 + axis] ?? NaN);
  return {
    means: moments.map((moment) => moment.mean()),
    deviations: moments.map((moment) => moment.deviation()),
  };
}
