import { createReadStream } from 'node:fs';
import { type Parser, parse } from 'csv-parse';
import * as z from 'zod/mini';
import { CabError, errnoOf } from '../../../core/model/errors.ts';
import { pythonFloat } from '../artifact/python-number.ts';

/** A song as a spine stores it: numbers stay as written in the CSV. */
export interface CsvSong {
  readonly artist: string;
  readonly title: string;
  readonly year: string;
  readonly tempo: string;
  readonly valence: string;
  readonly energy: string;
  readonly loudness: string;
}

/** The song of one row, or why there is none. `line` is the last line of the row, from 1, including the header. */
export type CsvRow =
  | { readonly line: number; readonly song: CsvSong }
  | { readonly line: number; readonly reason: string };

/**
 * Reads songs as a stream. Rows that are no song have the reason. `onBytes` gets the bytes read so far.
 * @throws CabError input_not_found, input_unreadable, csv_invalid for a header without the columns
 */
export async function* readSongs(
  path: string,
  onBytes: (bytes: number) => void,
): AsyncGenerator<CsvRow> {
  const broken: CsvRow[] = [];
  const parser = openCsv(path, (line, reason) => broken.push({ line, reason }));
  let columns: Columns | undefined;
  try {
    for await (const chunk of parser) {
      const { record, info } = recordSchema.parse(chunk);
      yield* broken.splice(0);
      if (columns === undefined) columns = columnsOf(record, path);
      else yield rowOf(record, columns, info.lines);
      onBytes(info.bytes);
    }
  } catch (error) {
    throw explained(error, path);
  }
  yield* broken;
  if (columns === undefined) throw new CabError('csv_invalid', `${path} is empty`);
}

const recordSchema = z.object({
  record: z.array(z.string()),
  info: z.object({ lines: z.number(), bytes: z.number() }),
});

function openCsv(path: string, onBroken: (line: number, reason: string) => void): Parser {
  const parser = parse({
    bom: true,
    info: true,
    trim: true,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      onBroken(parser.info.lines, error?.message ?? 'cannot be read');
      return undefined;
    },
  });
  const file = createReadStream(path);
  file.on('error', (error) => parser.destroy(error));
  parser.on('close', () => file.destroy());
  return file.pipe(parser);
}

function explained(error: unknown, path: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined || error instanceof CabError || !/^E[A-Z]+$/.test(errno)) return error;
  const code = errno === 'ENOENT' ? 'input_not_found' : 'input_unreadable';
  return new CabError(code, `${path}: ${errno}`, { details: { file: path }, cause: error });
}

/** Accepted names of columns, in lower case with `_` between words. The first name that is present counts. */
const columnNames = {
  artist: ['artist', 'artists', 'artist_s', 'artist_name', 'artist_s_name'],
  title: ['title', 'song', 'track_name', 'song_name', 'track'],
  year: [
    'year',
    'release_year',
    'release_date',
    'album_release_date',
    'track_album_release_date',
    'date',
  ],
  tempo: ['tempo', 'bpm', 'tempo_bpm'],
  valence: ['valence'],
  energy: ['energy'],
  loudness: ['loudness', 'loudness_db'],
} as const satisfies Record<keyof CsvSong, readonly string[]>;

interface Columns {
  readonly width: number;
  readonly places: Readonly<Record<keyof CsvSong, number>>;
}

function columnsOf(header: readonly string[], path: string): Columns {
  const names = header.map((name) =>
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, ' ')
      .trim()
      .replaceAll(' ', '_'),
  );
  const placeOf = (column: keyof CsvSong): number =>
    columnNames[column].map((name) => names.indexOf(name)).find((place) => place >= 0) ?? -1;
  const places = {
    artist: placeOf('artist'),
    title: placeOf('title'),
    year: placeOf('year'),
    tempo: placeOf('tempo'),
    valence: placeOf('valence'),
    energy: placeOf('energy'),
    loudness: placeOf('loudness'),
  };
  const missing = Object.entries(places).flatMap(([column, place]) => (place < 0 ? [column] : []));
  if (missing.length === 0) return { width: header.length, places };
  throw new CabError(
    'csv_invalid',
    `${path} has no column for ${missing.join(', ')}; its columns: ${header.join(', ')}`,
    { details: { file: path, missing, columns: [...header] } },
  );
}

function rowOf(record: readonly string[], { width, places }: Columns, line: number): CsvRow {
  if (record.length !== width)
    return { line, reason: `${record.length} fields where the header has ${width}` };
  const at = (column: keyof CsvSong): string => record[places[column]] ?? '';
  const year = yearOf(at('year'));
  const song: CsvSong = {
    artist: at('artist'),
    title: at('title'),
    year: year ?? '',
    tempo: at('tempo'),
    valence: at('valence'),
    energy: at('energy'),
    loudness: at('loudness'),
  };
  if (song.artist === '') return { line, reason: 'no artist' };
  if (song.title === '') return { line, reason: 'no title' };
  if (year === undefined) return { line, reason: `no year in ${JSON.stringify(at('year'))}` };
  const reason = axisDefect(song);
  return reason === undefined ? { line, song } : { line, reason };
}

/** `1999`, `1999.0`, and dates with a year of four digits: `1999-05-01`, `01/05/1999`. */
const yearOf = (text: string): string | undefined => /(?<!\d)\d{4}(?!\d)/.exec(text)?.[0];

function axisDefect(song: CsvSong): string | undefined {
  for (const axis of ['tempo', 'valence', 'energy', 'loudness'] as const) {
    const value = pythonFloat(song[axis]);
    if (value === undefined || !Number.isFinite(value))
      return `${axis} ${JSON.stringify(song[axis])} is not a number`;
    // Values on another scale would distort the distances of all songs.
    if (axis === 'tempo' && value <= 0) return `tempo ${song.tempo} is not above 0`;
    if ((axis === 'valence' || axis === 'energy') && (value < 0 || value > 1))
      return `${axis} ${song[axis]} is not between 0 and 1`;
  }
  return undefined;
}
