import { type Bands, bandsOf } from '../../artifact/bands.ts';
import { pythonFloat, pythonInt } from '../../artifact/python-number.ts';
import { slugOf } from '../../artifact/slug.ts';
import { axesOfAcousticBrainz } from '../acousticbrainz.ts';
import type { SongRow } from './song-row.ts';
import type { SqlValue } from '../spine-database.ts';

/**
 * Columns: year, artist, title, tempo, valence, energy, loudness, the three bands, the stored slug, and 1 if the
 * axes are the row's own.
 */
export type StoredRow = [
  SqlValue,
  SqlValue,
  SqlValue,
  SqlValue,
  SqlValue,
  SqlValue,
  SqlValue,
  SqlValue,
  SqlValue,
  SqlValue,
  SqlValue,
  number,
];

/** The columns of a `StoredRow` as SQL, for a table with `columns`. */
export function storedColumns(columns: ReadonlySet<string>, withFallback: boolean): string {
  return `year, artist, title, tempo, valence, energy, loudness,
    tempo_band, valence_band, energy_band, ${slugColumn(columns)}, coalesce(${hasOwnAxes(columns, withFallback)}, 0)`;
}

/** The stored slug as SQL; NULL if the table has none. */
export const slugColumn = (columns: ReadonlySet<string>): string =>
  columns.has('slug') ? 'slug' : 'NULL';

/** Whether a row may be a neighbour, as SQL. Its parameters are the tier and both years. */
export function isWanted(columns: ReadonlySet<string>, withFallback: boolean): string {
  const nonEmpty = "tempo <> '' AND valence <> '' AND energy <> '' AND loudness <> ''";
  const wanted = withFallback
    ? `(NOT coalesce(${hasOwnAxes(columns, true)}, 0) OR (${nonEmpty}))`
    : `has_audio = '1' AND ${nonEmpty}`;
  return `echo_tier = ? AND CAST(year AS INTEGER) BETWEEN ? AND ? AND ${wanted}`;
}

function hasOwnAxes(columns: ReadonlySet<string>, withFallback: boolean): string {
  const features = columns.has('audio_features_path') ? 'audio_features_path' : 'NULL';
  return withFallback ? `(has_audio = '1' AND coalesce(${features}, '') <> '')` : '1';
}

/** False if the row cannot be a neighbour. */
export function setLocal(row: SongRow, stored: StoredRow): boolean {
  const year = pythonInt(textOf(stored[0]));
  const tempo = numberOf(stored[3]);
  const valence = numberOf(stored[4]);
  const energy = numberOf(stored[5]);
  const loudness = numberOf(stored[6]);
  if (year === undefined || tempo === undefined || valence === undefined) return false;
  if (energy === undefined || loudness === undefined) return false;
  const bands = ownBands(stored, tempo, valence, energy);
  row.set(year, { tempo, valence, energy, loudness }, 'essentia_local', bands);
  setWords(row, stored);
  return true;
}

/** As `setLocal`, with the axes that AcousticBrainz has of the song. `lookUp` gives its JSON. */
export function setFallback(
  row: SongRow,
  stored: StoredRow,
  lookUp: (slug: string) => string | undefined,
): boolean {
  const year = pythonInt(textOf(stored[0]));
  if (year === undefined) return false;
  const json = lookUp(setWords(row, stored));
  const axes = json === undefined ? undefined : axesOfAcousticBrainz(json);
  if (axes === undefined) return false;
  row.set(year, axes, 'acousticbrainz', null);
  return true;
}

/** Gives the slug. */
function setWords(row: SongRow, stored: StoredRow): string {
  const artist = textOf(stored[1]);
  const title = textOf(stored[2]);
  const slug = textOf(stored[10]) || slugOf(artist, title);
  row.setWords(artist, title, slug);
  return slug;
}

/**
 * Nearly every row stores the bands of its values. Only other bands are remembered, which keeps a large spine small.
 */
function ownBands(stored: StoredRow, tempo: number, valence: number, energy: number): Bands | null {
  const computed = bandsOf(tempo, valence, energy);
  const tempo_band = textOf(stored[7]) || computed.tempo_band;
  const valence_band = textOf(stored[8]) || computed.valence_band;
  const energy_band = textOf(stored[9]) || computed.energy_band;
  const same =
    tempo_band === computed.tempo_band &&
    valence_band === computed.valence_band &&
    energy_band === computed.energy_band;
  return same ? null : { tempo_band, valence_band, energy_band };
}

const numberOf = (value: SqlValue): number | undefined =>
  typeof value === 'number' ? value : pythonFloat(textOf(value));

const textOf = (value: SqlValue): string => (value === null ? '' : String(value));
