import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseProbe, spineQuery } from '../../../src/runners/historical-echo/probe-arguments.ts';
import { openSpine } from '../../../src/runners/historical-echo/spine/spine-database.ts';
import {
  type SpineImportProgress,
  importSpine,
} from '../../../src/runners/historical-echo/spine/spine-import.ts';
import { readSpine } from '../../../src/runners/historical-echo/spine/spine.ts';
import type { TierLabel } from '../../../src/runners/historical-echo/artifact/tiers.ts';
import { openSqlite } from '../../../src/support/sqlite/sqlite.ts';
import { containing } from './matching.ts';
import { temporaryFolder, writeSpine } from './spines.ts';

const root = temporaryFolder();
const header = 'artist,title,year,tempo,valence,energy,loudness';

function imported(text: string, tier: TierLabel = 'tier1_modern') {
  const folder = mkdtempSync(join(root, 'import-'));
  const csv = join(folder, 'songs.csv');
  writeFileSync(csv, text);
  return { csv, out: join(folder, 'spine.db'), tier, folder };
}

function songsOf(path: string, tiers = 'tier1_modern') {
  const database = openSpine(path);
  try {
    const { tiers: read } = readSpine(database, spineQuery(parseProbe({ tiers })));
    return read.map(({ names, years, axes }) =>
      [...years].map((year, at) => [
        names.artist(at),
        names.title(at),
        year,
        ...axes.subarray(at * 4, at * 4 + 4),
      ]),
    );
  } finally {
    database.close();
  }
}

const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('an import', () => {
  it('makes a spine that a probe reads', async () => {
    const { folder, ...request } = imported(`${header}\nAda,First,2001,120.5,0.5,0.25,-8\n`);
    const report = await importSpine(request);
    expect(report).toEqual({
      table: 'spine_master_v1_lanes',
      rows: 1,
      imported: 1,
      duplicates: 0,
      badCount: 0,
      bad: [],
    });
    expect(songsOf(request.out)).toEqual([[['Ada', 'First', 2001, 120.5, 0.5, 0.25, -8]]]);
    expect(readdirSync(folder).sort()).toEqual(['songs.csv', 'spine.db']);
    const database = openSqlite(request.out, { readonly: true });
    expect(database.prepare('SELECT * FROM spine_master_v1_lanes').all()).toEqual([
      {
        spine_track_id: 't1_00000',
        year: '2001',
        artist: 'Ada',
        title: 'First',
        echo_tier: 'EchoTier_1_YearEnd_Top40',
        has_audio: '1',
        tempo: '120.5',
        valence: '0.5',
        energy: '0.25',
        loudness: '-8',
        tempo_band: 'tempo_120_140',
        valence_band: 'valence_mid',
        energy_band: 'energy_low',
      },
    ]);
    database.close();
  });

  it.each([
    [' ARTIST ,Song,Year,Tempo,Valence,Energy,Loudness', '1999'],
    ['Artist(s),track_name,Release Date,BPM,valence,energy,loudness', '1999-05-01'],
    ['artist_name,Track Name,release_date,tempo,valence,energy,Loudness (dB)', '01/05/1999'],
    ['\ufeffartist,title,year,tempo,valence,energy,loudness', '1999.0'],
  ])('knows its columns in %s', async (columns, year) => {
    const request = imported(`${columns}\n"Ada, the first",One,${year},120,0.5,0.5,-8\n`);
    await importSpine(request);
    expect(songsOf(request.out)).toEqual([[['Ada, the first', 'One', 1999, 120, 0.5, 0.5, -8]]]);
  });

  it('takes the other rows where some are bad, and says what is wrong with those', async () => {
    const rows = [
      'Ada,Fine,2001,120,0.5,0.5,-8',
      ',No artist,2001,120,0.5,0.5,-8',
      'Ada,,2001,120,0.5,0.5,-8',
      'Ada,No year,soon,120,0.5,0.5,-8',
      'Ada,Word,2001,fast,0.5,0.5,-8',
      'Ada,Percent,2001,120,50,0.5,-8',
      'Ada,Endless,2001,120,0.5,0.5,-inf',
      'Ada,Still,2001,0,0.5,0.5,-8',
      'Ada,Short,2001,120',
      '',
      '"Ada "" Quote","5"" nails",2001,120,0.5,0.5,-8',
      'Ada,fine!,2003,130,0.5,0.5,-8',
    ];
    const request = imported([header, ...rows].join('\n'));
    const report = await importSpine(request);
    expect(report).toMatchObject({ rows: 11, imported: 3, duplicates: 1, badCount: 8 });
    expect(report.bad).toEqual([
      { line: 3, reason: 'no artist' },
      { line: 4, reason: 'no title' },
      { line: 5, reason: 'no year in "soon"' },
      { line: 6, reason: 'tempo "fast" is not a number' },
      { line: 7, reason: 'valence 50 is not between 0 and 1' },
      { line: 8, reason: 'loudness "-inf" is not a number' },
      { line: 9, reason: 'tempo 0 is not above 0' },
      { line: 10, reason: '4 fields where the header has 7' },
    ]);
    expect(songsOf(request.out)[0]?.map(([, title]) => title)).toEqual(['Fine', '5" nails']);
  });

  it('counts a quote that never ends as a bad row', async () => {
    const request = imported(`${header}\nAda,Fine,2001,120,0.5,0.5,-8\n"Ada,2001\n`);
    expect(await importSpine(request)).toMatchObject({ imported: 1, badCount: 1 });
  });

  it('tells how far it is', async () => {
    const songs = Array.from({ length: 2500 }, (_, at) => `Ada,S${at},2001,120,0.5,0.5,-8\n`);
    const request = imported(`${header}\n${songs.join('')}`);
    const heard: SpineImportProgress[] = [];
    await importSpine({ ...request, onProgress: (progress) => heard.push(progress) });
    const size = readFileSync(request.csv).length;
    expect(heard.map(({ rows }) => rows)).toEqual([1000, 2000, 2500]);
    expect(heard.at(-1)).toEqual({ rows: 2500, bytes: size, totalBytes: size });
    expect(heard[0]?.bytes).toBeLessThan(size);
  });

  it('adds a tier to a spine, and replaces the tier that it made before', async () => {
    const first = imported(`${header}\nAda,One,2001,120,0.5,0.5,-8\n`);
    await importSpine(first);
    const more = imported(`${header}\nAda,Two,2002,121,0.5,0.5,-8\n`, 'tier3_modern');
    await importSpine({ ...more, out: first.out });
    await importSpine({ ...more, out: first.out });
    const tiers = 'tier1_modern,tier3_modern';
    expect(songsOf(first.out, tiers)).toEqual([
      [['Ada', 'One', 2001, 120, 0.5, 0.5, -8]],
      [['Ada', 'Two', 2002, 121, 0.5, 0.5, -8]],
    ]);
  });

  it('gives tier 3 its own features, so that no fallback takes their place', async () => {
    const request = imported(`${header}\nAda,One,2001,120,0.5,0.5,-8\n`, 'tier3_modern');
    const stored = { ada__one: '{"tempo_bpm": 60, "average_loudness": 0, "mood_party": 1}' };
    writeSpine(request.out, {}, stored);
    await importSpine(request);
    const database = openSpine(request.out);
    const probe = parseProbe({ tiers: 'tier3_modern', use_acousticbrainz_fallback: true });
    expect([...(readSpine(database, spineQuery(probe)).tiers[0]?.external ?? [])]).toEqual([0]);
    database.close();
  });
});

describe('an import that fails leaves the spine as it was', () => {
  const song = 'Ada,One,2001,120,0.5,0.5,-8\n';

  async function refused(
    text: string,
    wanted: object,
    break_: (out: string) => void = () => undefined,
  ) {
    const { folder, ...request } = imported(`${header}\n${song}`);
    await importSpine(request);
    break_(request.out);
    const before = digest(request.out);
    writeFileSync(request.csv, text);
    await expect(importSpine(request)).rejects.toMatchObject(wanted);
    expect(digest(request.out)).toBe(before);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  }

  it('where columns are missing, which it names', () =>
    refused('artist,title,year\nA,B,2000\n', {
      code: 'csv_invalid',
      details: { missing: ['tempo', 'valence', 'energy', 'loudness'] },
    }));

  it('where the file is empty, or holds no song', async () => {
    await refused('', { code: 'csv_invalid', message: containing('is empty') });
    await refused(`${header}\nAda,One,2001,x,0.5,0.5,-8\n`, {
      code: 'csv_invalid',
      message: containing('line 2: tempo "x" is not a number'),
    });
  });

  it('where the spine is no spine', () =>
    refused(`${header}\n${song}`, { code: 'spine_invalid' }, (out) => writeFileSync(out, 'x')));

  it('where a program writes to it, until that has ended', async () => {
    const { folder, ...request } = imported(`${header}\n${song}`);
    await importSpine(request);
    const writer = openSqlite(request.out);
    writer.pragma('journal_mode = WAL');
    writer.exec('CREATE TABLE mine (x)');
    const refusal = importSpine(request);
    await expect(refusal).rejects.toMatchObject({
      code: 'spine_invalid',
      message: containing('is in use'),
    });
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    writer.close();
    await importSpine(request);
    const database = openSqlite(request.out, { readonly: true });
    expect(database.prepare('SELECT count(*) FROM mine').pluck().get()).toBe(0);
    database.close();
    expect(songsOf(request.out)).toHaveLength(1);
    expect(readdirSync(folder).sort()).toEqual(['songs.csv', 'spine.db']);
  });

  it('where it is aborted', async () => {
    const { out, ...request } = imported(`${header}\n${song.repeat(5000)}`);
    const controller = new AbortController();
    const reason = new Error('enough');
    const running = importSpine({
      ...request,
      out,
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(running).rejects.toBe(reason);
    expect(readdirSync(request.folder)).toEqual(['songs.csv']);
  });

  it('where there is no CSV', async () => {
    const request = { csv: join(root, 'none.csv'), out: join(root, 'none.db') };
    await expect(importSpine({ ...request, tier: 'tier1_modern' })).rejects.toMatchObject({
      code: 'input_not_found',
      message: `${request.csv}: there is no such file`,
    });
    expect(existsSync(request.out)).toBe(false);
  });
});
