import { type Axes, axesOfAcousticBrainz } from './acousticbrainz.ts';
import { type Bands, bandsOf } from '../artifact/bands.ts';
import type { SpineQuery } from '../probe-arguments.ts';
import { pythonFloat, pythonInt } from '../artifact/python-number.ts';
import { slugOf } from '../artifact/slug.ts';
import { type SpineDatabase, type SqlValue, columnsOf, quoted } from './spine-database.ts';
import { type Tier, acousticBrainzTable } from '../artifact/tiers.ts';

export type FeatureSource = 'essentia_local' | 'acousticbrainz';

/** A row of the spine that may be a neighbour. */
export interface SpineRow extends Axes {
  readonly year: number;
  readonly artist: string;
  readonly title: string;
  readonly slug: string;
  readonly source: FeatureSource;
  /** The bands that the row stores; null if they are those of its values. */
  readonly bands: Bands | null;
}

/** The rows of one search in the order of their table, including repeated songs. */
export function* readRows(
  database: SpineDatabase,
  search: Tier,
  query: SpineQuery,
): Generator<SpineRow> {
  const columns = columnsOf(database, search.table);
  const lookUp = fallbackOf(database, search, query);
  const yearOf = remembered(pythonInt);
  let fallbackLeft = lookUp === undefined ? 0 : (query.fallbackRows ?? 0);
  for (const stored of statementOf(database, search, columns, lookUp !== undefined).iterate(
    search.echoTier,
    query.yearMin,
    query.yearMax,
  )) {
    const year = yearOf(textOf(stored[0]));
    if (year === undefined) continue;
    if (lookUp === undefined || stored[11] === 1) {
      const row = localRow(stored, year);
      if (row !== undefined) yield row;
    } else if (fallbackLeft > 0) {
      const row = fallbackRow(stored, year, lookUp);
      if (row === undefined) continue;
      fallbackLeft -= 1;
      yield row;
    }
  }
}

/** Remembers results, for a few different texts that come again and again. */
function remembered<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const value = read(text);
    if (known.size < 1000) known.set(text, value);
    return value;
  };
}

/**
 * Columns: year, artist, title, tempo, valence, energy, loudness, the three bands, the stored slug, and 1 if the
 * axes are the row's own.
 */
type StoredRow = [
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

function statementOf(
  database: SpineDatabase,
  search: Tier,
  columns: ReadonlySet<string>,
  withFallback: boolean,
) {
  const slug = columns.has('slug') ? 'slug' : 'NULL';
  const features = columns.has('audio_features_path') ? 'audio_features_path' : 'NULL';
  const nonEmpty = "tempo <> '' AND valence <> '' AND energy <> '' AND loudness <> ''";
  const own = withFallback ? `(has_audio = '1' AND coalesce(${features}, '') <> '')` : '1';
  const wanted = withFallback
    ? `(NOT coalesce(${own}, 0) OR (${nonEmpty}))`
    : `has_audio = '1' AND ${nonEmpty}`;
  return database
    .prepare<[string, number, number], StoredRow>(
      `SELECT year, artist, title, tempo, valence, energy, loudness,
         tempo_band, valence_band, energy_band, ${slug}, coalesce(${own}, 0)
       FROM ${quoted(search.table)}
       WHERE echo_tier = ? AND CAST(year AS INTEGER) BETWEEN ? AND ? AND ${wanted}`,
    )
    .raw();
}

type LookUp = (slug: string) => string | undefined;

function fallbackOf(database: SpineDatabase, search: Tier, query: SpineQuery): LookUp | undefined {
  if (query.fallbackRows === null || search.label !== 'tier3_modern') return undefined;
  if (columnsOf(database, acousticBrainzTable).size === 0) return undefined;
  const statement = database
    .prepare<[string], SqlValue>(
      `SELECT features_json FROM ${acousticBrainzTable} WHERE slug = ? LIMIT 1`,
    )
    .pluck();
  return (slug) => {
    const json = statement.get(slug);
    return typeof json === 'string' ? json : undefined;
  };
}

function localRow(stored: StoredRow, year: number): SpineRow | undefined {
  const tempo = numberOf(stored[3]);
  const valence = numberOf(stored[4]);
  const energy = numberOf(stored[5]);
  const loudness = numberOf(stored[6]);
  if (tempo === undefined || valence === undefined) return undefined;
  if (energy === undefined || loudness === undefined) return undefined;
  const artist = textOf(stored[1]);
  const title = textOf(stored[2]);
  const slug = slugOfRow(stored, artist, title);
  const bands = ownBands(stored, tempo, valence, energy);
  const source = 'essentia_local';
  // Lists every field, because a million of these are made in a row, and spreading takes three times as long.
  return { year, artist, title, slug, tempo, valence, energy, loudness, bands, source };
}

function fallbackRow(stored: StoredRow, year: number, lookUp: LookUp): SpineRow | undefined {
  const artist = textOf(stored[1]);
  const title = textOf(stored[2]);
  const slug = slugOfRow(stored, artist, title);
  const json = lookUp(slug);
  const axes = json === undefined ? undefined : axesOfAcousticBrainz(json);
  if (axes === undefined) return undefined;
  const { tempo, valence, energy, loudness } = axes;
  const source = 'acousticbrainz';
  return { year, artist, title, slug, tempo, valence, energy, loudness, bands: null, source };
}

const slugOfRow = (stored: StoredRow, artist: string, title: string): string =>
  textOf(stored[10]) || slugOf(artist, title);

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
