import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProbe, spineQuery } from '../../../src/runners/historical-echo/probe-arguments.ts';
import { openSpine } from '../../../src/runners/historical-echo/spine/spine-database.ts';
import { readSpine } from '../../../src/runners/historical-echo/spine/spine.ts';
import { someSong, temporaryFolder } from './spines.ts';

const folder = temporaryFolder();
const names = ['echo_tier', ...Object.keys(someSong), 'slug'];
type Value = string | number | bigint | Buffer | null;
type Song = Readonly<Record<string, Value>>;

/** Writes the songs to a table of pages, and to a view of it, which has no pages and is read row by row. */
function write(songs: readonly Song[], { ids = '', index = '', encoding = 'UTF-8' } = {}): string {
  const path = join(folder, 'pages.db');
  rmSync(path, { force: true });
  const database = new Database(path);
  database.pragma(`encoding = '${encoding}'`);
  database.exec(`CREATE TABLE songs (${names.join(', ')}${ids}); ${index}`);
  database.exec('CREATE VIEW viewed AS SELECT * FROM songs');
  const marks = names.map((name) => `:${name}`).join(', ');
  const insert = database.prepare(`INSERT INTO songs (${names.join(', ')}) VALUES (${marks})`);
  const usual = { ...someSong, echo_tier: 'EchoTier_1_YearEnd_Top40', slug: null };
  database.transaction(() => {
    for (const song of songs) insert.run({ ...usual, ...song });
  })();
  database.close();
  return path;
}

/** All that a probe can see of the songs, in their order. */
function read(path: string, table: string) {
  const database = openSpine(path);
  try {
    const { tiers, totalRows, skippedNonNumeric, scale } = readSpine(
      database,
      spineQuery(parseProbe({ table })),
    );
    const [tier] = tiers;
    const songs = [...(tier?.years ?? [])].map((year, song) => ({
      year,
      artist: tier?.names.artist(song),
      title: tier?.names.title(song),
      axes: tier?.axes.slice(song * 4, song * 4 + 4),
      bands: tier?.bands.get(song),
    }));
    return { songs, totalRows, skippedNonNumeric, scale };
  } finally {
    database.close();
  }
}

const plainName = fc.stringMatching(/^[A-Za-z0-9 .,'&!-]{0,12}$/);
const word = fc.oneof(
  { weight: 6, arbitrary: plainName },
  fc.string({ unit: 'binary', maxLength: 8 }).map((text) => text.toWellFormed()),
  fc.constantFrom<Value>(
    'Ünïté',
    'a "b" c',
    'back\\slash',
    'Live (2001)',
    'x [y',
    'tab\there',
    '\u007f',
  ),
  fc.constantFrom<Value>(null, '', '  ', 7, 1.5, Buffer.from('bytes')),
);
const decimal = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.integer({ min: -300, max: 300 }), fc.nat(9999))
      .map(([whole, part]) => `${whole}.${part}`),
  },
  fc.double({ noNaN: true }).map(String),
  fc.double({ noNaN: true, min: -300, max: 300 }),
  fc.constantFrom<Value>('-0', '00.50', '.5', '5.', '1e3', ' 7 ', '1_000', 'nan', '-inf', 'n/a'),
  fc.constantFrom<Value>(
    '0.1234567890123456789',
    '123456789012345',
    '1234567890123456',
    null,
    '',
    3,
  ),
);
const year = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1980, max: 2025 }).map(String) },
  fc.constantFrom<Value>('1999.0', ' 2001 ', '+2002', '2_003', 2004, 2005.5, null, 'year'),
);
const band = fc.constantFrom<Value>(
  null,
  '',
  'tempo_100_120',
  'valence_mid',
  'energy_mid',
  'swift',
  5,
);
const song = fc.record(
  {
    ...{ year, artist: word, title: word, slug: word },
    ...{ tempo: decimal, valence: decimal, energy: decimal, loudness: decimal },
    ...{ tempo_band: band, valence_band: band, energy_band: band },
    has_audio: fc.constantFrom<Value>('1', '1', '1', '0', 1, null),
  },
  { requiredKeys: [] },
);

describe('a spine that is read in pages', () => {
  it('holds what it holds when it is read row by row', () => {
    fc.assert(
      fc.property(fc.array(song, { maxLength: 30 }), (songs) => {
        const path = write(songs);
        expect(read(path, 'songs')).toEqual(read(path, 'viewed'));
      }),
      { numRuns: 200 },
    );
  });

  const many = (title: (at: number) => string): Song[] =>
    Array.from({ length: 2500 }, (_, at) => ({ title: title(at), tempo: `${at % 200}.5` }));

  it.each([
    ['plain rows', many((at) => `Song ${at}`)],
    ['rows of which every third is not plain', many((at) => (at % 3 ? `Song ${at}` : `歌 ${at}`))],
    [
      'rows of which hardly one is plain',
      many((at) => (at % 9 ? `Lied ${at} (für ${at})` : `${at}`)),
    ],
  ])('goes on over many pages, with %s', (_, songs) => {
    const path = write(songs);
    const found = read(path, 'songs');
    expect(found.songs.length).toBeGreaterThan(1000);
    expect(found).toEqual(read(path, 'viewed'));
  });

  it.each([
    [
      'rows that are long',
      { encoding: 'UTF-8' },
      (at: number) => `${at} `.repeat(at % 5 ? 1 : 9000),
    ],
    ['a database in UTF-16', { encoding: 'UTF-16le' }, (at: number) => `Song ${at}`],
  ])('holds the same with %s', (_, options, title) => {
    const path = write(
      Array.from({ length: 60 }, (_song, at) => ({ title: title(at), tempo: `${at}` })),
      options,
    );
    const found = read(path, 'songs');
    expect(found.songs.length).toBe(60);
    expect(found).toEqual(read(path, 'viewed'));
  });

  it('counts the song of two equal ones that SQLite finds first, by whatever index', () => {
    const songs = ['B (live)', 'B', 'A'].map((title, at) => ({ title, tempo: `${3 - at}` }));
    const path = write(songs, { index: 'CREATE INDEX by_tempo ON songs (echo_tier, tempo)' });
    expect(read(path, 'songs').songs.map(({ title }) => title)).toEqual(['A', 'B']);
    expect(read(path, 'songs')).toEqual(read(path, 'viewed'));
  });

  it.each([
    ['negative', ', id INTEGER PRIMARY KEY', 'UPDATE songs SET id = id - 100'],
    [
      'beyond the whole numbers of JavaScript',
      ', id INTEGER PRIMARY KEY',
      'UPDATE songs SET id = id + 9007199254740992',
    ],
    ['a column', ', _rowid_', "UPDATE songs SET _rowid_ = 'x'"],
    ['a column that is generated', ', _rowid_ AS (1)', ''],
  ])('is read whole if ids of rows are %s', (_, ids, change) => {
    const path = write([{ title: 'a' }, { title: 'b' }, { title: 'ü' }], { ids });
    const database = new Database(path);
    database.exec(change);
    database.close();
    expect(read(path, 'songs').songs.map(({ title }) => title)).toEqual(['a', 'b', 'ü']);
  });
});
