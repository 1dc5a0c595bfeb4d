/** Spines and folders for tests; all of it is gone once a test file has ended. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterAll } from 'vitest';
import type { JsonObject } from '../../../src/core/model/job/job.ts';
import { parseProbe, spineQuery } from '../../../src/runners/historical-echo/probe-arguments.ts';
import { openSpine } from '../../../src/runners/historical-echo/spine/spine-database.ts';
import { type Spine, readSpine } from '../../../src/runners/historical-echo/spine/spine.ts';
import { type TierLabel, tiers } from '../../../src/runners/historical-echo/artifact/tiers.ts';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cab-echo-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const fixture = (name: string): Buffer =>
  gunzipSync(readFileSync(join(import.meta.dirname, '../../fixtures/historical-echo', name)));

/** The spine of real chart songs that the recorded answers were computed on. */
export function recordedSpine(folder: string): string {
  const path = join(folder, 'recorded-spine.db');
  writeFileSync(path, fixture('spine.db.gz'));
  return path;
}

export const recordedProbes = (): unknown[] =>
  fixture('probes.jsonl.gz')
    .toString()
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

export type StoredSong = Readonly<Record<string, string | null>>;

export const someSong: StoredSong = {
  year: '2001',
  artist: 'Ada',
  title: 'First',
  has_audio: '1',
  tempo: '120',
  valence: '0.5',
  energy: '0.5',
  loudness: '-8',
  tempo_band: null,
  valence_band: null,
  energy_band: null,
};

/** A song in progress, as `parseFeatures` gives it. */
export const someFeatures = {
  tempo: 120,
  energy: 0.5,
  valence: 0.5,
  loudness: -8,
  tempo_confidence_score: null,
};

type TierSongs = Partial<Record<TierLabel, readonly StoredSong[]>>;

/** A spine of these songs, as a probe with these arguments reads it. */
export function spineOf(
  probe: JsonObject,
  songs: TierSongs,
  acousticBrainz?: Readonly<Record<string, string>>,
): Spine {
  const folder = mkdtempSync(join(tmpdir(), 'cab-echo-'));
  const database = openSpine(writeSpine(join(folder, 'spine.db'), songs, acousticBrainz));
  try {
    return readSpine(database, spineQuery(parseProbe(probe)));
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}

export const titlesOf = ({ names, years }: Spine['tiers'][number]): string[] =>
  [...years].map((_, song) => names.title(song));

const columns = ['echo_tier', ...Object.keys(someSong)];

/** Writes the tables of the tiers, each song an addition to `someSong`. */
export function writeSpine(
  path: string,
  songs: TierSongs,
  acousticBrainz?: Readonly<Record<string, string>>,
): string {
  const database = new Database(path);
  for (const { label, table, echoTier } of tiers) {
    const own = label === 'tier3_modern' ? [...columns, 'slug', 'audio_features_path'] : columns;
    database.exec(`CREATE TABLE ${table} (${own.map((name) => `${name} TEXT`).join(', ')})`);
    const insert = database.prepare(
      `INSERT INTO ${table} VALUES (${own.map((name) => `:${name}`).join(', ')})`,
    );
    const empty = { slug: null, audio_features_path: null, echo_tier: echoTier };
    database.transaction(() => {
      for (const song of songs[label] ?? []) insert.run({ ...empty, ...someSong, ...song });
    })();
  }
  if (acousticBrainz !== undefined) writeAcousticBrainz(database, acousticBrainz);
  database.close();
  return path;
}

function writeAcousticBrainz(
  database: Database.Database,
  songs: Readonly<Record<string, string>>,
): void {
  database.exec(
    'CREATE TABLE features_external_acousticbrainz_v1 (slug TEXT PRIMARY KEY, features_json TEXT)',
  );
  const insert = database.prepare('INSERT INTO features_external_acousticbrainz_v1 VALUES (?, ?)');
  for (const [slug, json] of Object.entries(songs)) insert.run(slug, json);
}
