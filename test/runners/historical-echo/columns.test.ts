import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/hashing/digest.ts';
import { fingerprintOf } from '../../../src/core/hashing/fingerprint.ts';
import type { JsonObject } from '../../../src/core/model/job.ts';
import { artifactJson } from '../../../src/runners/historical-echo/artifact/artifact-json.ts';
import { Columns } from '../../../src/runners/historical-echo/columns/columns.ts';
import type { Question } from '../../../src/runners/historical-echo/compute.ts';
import { parseProbe, spineQuery } from '../../../src/runners/historical-echo/probe-arguments.ts';
import { probeSpine } from '../../../src/runners/historical-echo/probe.ts';
import { openSpine } from '../../../src/runners/historical-echo/spine/spine-database.ts';
import { SpineReader } from '../../../src/runners/historical-echo/spine/spine-reader.ts';
import { readSpine } from '../../../src/runners/historical-echo/spine/spine.ts';
import type { ColumnsOf } from '../../../src/runners/historical-echo/thread-messages.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { seeded } from '../../helpers/seeded.ts';
import { type StoredSong, someFeatures, temporaryFolder, writeSpine } from './spines.ts';

const folder = temporaryFolder();

/** A root with a spine beside it, old enough to be told apart from a later change. */
async function scene(songs: Parameters<typeof writeSpine>[1], external?: Record<string, string>) {
  const dir = mkdtempSync(join(folder, 'scene-'));
  const path = writeSpine(join(dir, 'spine.db'), songs, external);
  const { private: own, temporary, cache } = layoutOf(join(dir, 'root'));
  await delay(25);
  const database = {
    digest: sha256(readFileSync(path)),
    fingerprint: fingerprintOf(statSync(path, { bigint: true })),
  };
  const of: ColumnsOf = { place: { private: own, temporary, cache }, database };
  return { dir, path, cache, temporary, of };
}

const questionOf = (path: string, probe: JsonObject = {}, features = someFeatures): Question => {
  const parsed = parseProbe(probe);
  return { features, probe: parsed, query: spineQuery(parsed), path };
};

function fromDatabase({ features, probe, query, path }: Question): string {
  const database = openSpine(path);
  try {
    return artifactJson(probeSpine(features, readSpine(database, query), probe));
  } finally {
    database.close();
  }
}

const textOf = (found: ReturnType<Columns['probe']>): string | undefined =>
  found && artifactJson(found);

const silent = { loading: () => undefined, loaded: () => undefined };

/** Reads the spine as a first call does, which keeps its columns. Gives how many spines were read. */
async function firstCall(question: Question, of: ColumnsOf | null): Promise<number> {
  let reads = 0;
  const columns = new Columns();
  const reader = new SpineReader(columns, { ...silent, loaded: () => (reads += 1) });
  const found = columns.probe(question, of, Infinity) ?? (await reader.probe(question, of));
  expect(artifactJson(found)).toBe(fromDatabase(question));
  columns.close();
  return reads;
}

function fromColumns(question: Question, of: ColumnsOf, mostSongs = Infinity): string | undefined {
  const columns = new Columns();
  try {
    return textOf(columns.probe(question, of, mostSongs));
  } finally {
    columns.close();
  }
}

const someSongs = (count: number, seed: number): StoredSong[] => {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, at) => ({
    title: `Song ${at}`,
    year: String(1985 + Math.floor(36 * random())),
    tempo: (60 + 140 * random()).toFixed(3),
    valence: random().toFixed(3),
    energy: random().toFixed(3),
    loudness: (-20 * random()).toFixed(3),
  }));
};

const fileIn = (cache: string): string => join(cache, readdirSync(cache)[0] ?? '');

const number = fc.oneof(
  fc.integer({ min: 0, max: 5 }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('-0', 'nan', 'inf', '1e308', '-1e308', '5e-324', 'none', ''),
);
const word = fc.oneof(
  fc.constantFrom('Ada', 'Bob', '夜に駆ける', '𝒜\u0000é', ''),
  fc.string({ unit: 'grapheme' }),
);
const song = fc.record({
  year: fc.oneof(fc.integer({ min: 1980, max: 2030 }).map(String), fc.constantFrom('x', '1_990')),
  artist: word,
  title: word,
  has_audio: fc.constantFrom('1', '1', '1', '0'),
  tempo: number,
  valence: number,
  energy: number,
  loudness: number,
  tempo_band: fc.constantFrom(null, null, 'own band', ''),
  valence_band: fc.constantFrom(null, null, 'another 帯'),
});
const probeOf = fc.record(
  {
    top_k: fc.integer({ min: 1, max: 40 }),
    year_min: fc.integer({ min: 1980, max: 2000 }),
    year_max: fc.integer({ min: 1995, max: 2030 }),
    tiers: fc.constantFrom('tier1_modern,tier3_modern', 'tier1_modern,tier2_modern,tier3_modern'),
    use_acousticbrainz_fallback: fc.boolean(),
    acousticbrainz_max_fallback: fc.constantFrom(null, 0, 1, 3),
    use_tempo_confidence: fc.boolean(),
    tempo_weight_low: fc.constantFrom(0, 0.3, 7),
  },
  { requiredKeys: [] },
);
const value = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const featuresOf = fc.record({
  tempo: value,
  energy: value,
  valence: value,
  loudness: value,
  tempo_confidence_score: fc.constantFrom(null, 0.1),
});

describe('columns answer as the database does', () => {
  it('for any spine, song and arguments', async () => {
    const few = fc.array(song, { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        few,
        few,
        few,
        probeOf,
        featuresOf,
        async (one, two, three, probe, features) => {
          const external = {
            ada__bob:
              '{"tempo_bpm": 99, "average_loudness": -5, "danceability": 0.5, "mood_relaxed": 0.2}',
          };
          const songs = { tier1_modern: one, tier2_modern: two, tier3_modern: three };
          const { path, of, dir } = await scene(songs, external);
          const question = questionOf(path, probe, {
            ...someFeatures,
            ...features,
            tempo_confidence_score: null,
          });
          await firstCall(question, of);
          const found = fromColumns(question, of);
          // Scores that are not finite have no bounds: then there may be none.
          if (found !== undefined) expect(found).toBe(fromDatabase(question));
          rmSync(dir, { recursive: true });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('for spines of many blocks, with many songs at one place and at one distance', async () => {
    const random = seeded(7);
    const spread = someSongs(3000, 3);
    const heaped = Array.from({ length: 2500 }, (_, at) => ({
      title: `Heap ${at}`,
      tempo: String(100 + Math.floor(3 * random())),
      valence: String(Math.floor(2 * random())),
    }));
    const songs = { tier1_modern: [...spread, ...heaped], tier2_modern: someSongs(700, 5) };
    const { path, of } = await scene(songs);
    const tiers = 'tier1_modern,tier2_modern';
    await firstCall(questionOf(path, { tiers }), of);
    for (let turn = 0; turn < 24; turn += 1) {
      const features = {
        ...someFeatures,
        tempo: turn % 3 === 0 ? 101 : 40 + 200 * random(),
        valence: turn % 3 === 0 ? 0.5 : random() * 2,
        energy: random(),
        loudness: -20 * random(),
      };
      const question = questionOf(
        path,
        { tiers, top_k: [1, 10, 700, turn === 3 ? 10_000 : 40][turn % 4] ?? 1 },
        features,
      );
      expect(fromColumns(question, of)).toBe(fromDatabase(question));
    }
  });

  it('looking at few songs of many', async () => {
    const { path, of } = await scene({ tier1_modern: someSongs(20_000, 1) });
    const question = questionOf(path);
    await firstCall(question, of);
    expect(fromColumns(question, of, 12_000)).toBe(fromDatabase(question));
    expect(fromColumns(question, of, 200)).toBeUndefined();
  });
});

describe('the file', () => {
  it('is one for each database and each selection of rows, and none for what selects none', async () => {
    const { path, of, cache } = await scene({ tier1_modern: someSongs(10, 1) });
    for (const probe of [{}, { top_k: 3 }, { tempo_weight_low: 0.1 }, { year_min: 1985 }])
      await firstCall(questionOf(path, probe), of);
    expect(readdirSync(cache)).toHaveLength(1);
    await firstCall(questionOf(path, { year_min: 1990 }), of);
    await firstCall(questionOf(path, { tiers: 'tier2_modern' }), of);
    await firstCall(questionOf(path, { use_acousticbrainz_fallback: true }), of);
    await firstCall(questionOf(path), {
      ...of,
      database: { ...of.database, digest: '0'.repeat(64) },
    });
    expect(readdirSync(cache)).toHaveLength(5);
  });

  it('serves until it is deleted, also a process that has it open', async () => {
    const { path, of, cache } = await scene({ tier1_modern: someSongs(3000, 2) });
    const question = questionOf(path);
    expect(await firstCall(question, of)).toBe(1);
    expect(await firstCall(question, of)).toBe(0);
    const columns = new Columns();
    expect(textOf(columns.probe(question, of, Infinity))).toBe(fromDatabase(question));
    rmSync(cache, { recursive: true });
    const other = questionOf(path, {}, { ...someFeatures, tempo: 61, energy: 0.01 });
    expect(textOf(columns.probe(other, of, Infinity))).toBe(fromDatabase(other));
    columns.close();
    expect(await firstCall(question, of)).toBe(1);
    expect(await firstCall(question, of)).toBe(0);
  });

  it('is made anew where a byte of it is another, or its end is missing', async () => {
    const { path, of, cache } = await scene({ tier1_modern: someSongs(700, 4) });
    // All songs are neighbours, so that all of the file is read.
    const question = questionOf(path, { top_k: 10_000 });
    await firstCall(question, of);
    const whole = readFileSync(fileIn(cache));
    const random = seeded(11);
    const places = [0, 8, 12, 16, 36, 60, 104, 136, 400, whole.length - 20];
    for (let more = 0; more < 8; more += 1) places.push(Math.floor(whole.length * random()));
    for (const place of places) {
      const damaged = Buffer.from(whole);
      damaged[place] = (damaged[place] ?? 0) ^ (1 << Math.floor(8 * random()));
      writeFileSync(fileIn(cache), damaged);
      expect(fromColumns(question, of) === undefined).toBe(true);
      expect(await firstCall(question, of)).toBe(1);
      expect(readFileSync(fileIn(cache))).toEqual(whole);
    }
    for (const length of [0, 50, 136, 600, whole.length - 1]) {
      truncateSync(fileIn(cache), length);
      expect(await firstCall(question, of)).toBe(1);
      expect(readFileSync(fileIn(cache))).toEqual(whole);
    }
  });

  it('is not trusted where it is a link, open to others, or that of another selection', async () => {
    const { dir, path, of, cache } = await scene({ tier1_modern: someSongs(20, 4) });
    const question = questionOf(path);
    await firstCall(question, of);
    const file = fileIn(cache);
    const elsewhere = join(dir, 'elsewhere');
    renameSync(file, elsewhere);
    symlinkSync(elsewhere, file);
    expect(await firstCall(question, of)).toBe(1);
    expect(statSync(file).ino).not.toBe(statSync(elsewhere).ino);
    chmodSync(file, 0o666);
    expect(await firstCall(question, of)).toBe(1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const other = questionOf(path, { year_min: 2000 });
    await firstCall(other, of);
    const otherFile = join(
      cache,
      readdirSync(cache).find((name) => join(cache, name) !== file) ?? '',
    );
    writeFileSync(otherFile, readFileSync(file));
    expect(await firstCall(other, of)).toBe(1);
    rmSync(file);
    mkdirSync(file);
    expect(fromColumns(question, of)).toBeUndefined();
    expect(await firstCall(question, of)).toBe(1);
  });

  it.runIf(process.geteuid?.() === 0)("is not trusted where it is another user's", async () => {
    const { path, of, cache } = await scene({ tier1_modern: someSongs(20, 4) });
    const question = questionOf(path);
    await firstCall(question, of);
    chownSync(fileIn(cache), 12_345, 12_345);
    expect(await firstCall(question, of)).toBe(1);
    expect(statSync(fileIn(cache)).uid).toBe(0);
  });

  it('is left out where the root takes none: the directory is a link or a file', async () => {
    const { dir, path, of, cache } = await scene({ tier1_modern: someSongs(20, 4) });
    const question = questionOf(path);
    const elsewhere = join(dir, 'elsewhere');
    mkdirSync(elsewhere);
    mkdirSync(of.place.private, { recursive: true });
    symlinkSync(elsewhere, cache);
    expect(await firstCall(question, of)).toBe(1);
    expect(await firstCall(question, of)).toBe(1);
    expect(readdirSync(elsewhere)).toEqual([]);
    rmSync(cache);
    writeFileSync(cache, '');
    expect(await firstCall(question, of)).toBe(1);
    expect(existsSync(of.place.temporary)).toBe(false);
  });

  it('is not made where the caller answers for the database, or where it is another by now', async () => {
    const { path, of, cache } = await scene({ tier1_modern: someSongs(20, 4) });
    const question = questionOf(path);
    expect(await firstCall(question, null)).toBe(1);
    const before = new Date(Date.now() - 60_000);
    utimesSync(path, before, before);
    expect(await firstCall(question, of)).toBe(1);
    expect(existsSync(cache)).toBe(false);
  });

  it('is whole whoever of two writers comes last', async () => {
    const { path, of, cache, temporary } = await scene({ tier1_modern: someSongs(2000, 9) });
    const question = questionOf(path);
    await Promise.all([1, 2, 3].map(() => firstCall(question, of)));
    expect(await firstCall(question, of)).toBe(0);
    expect(readdirSync(cache)).toHaveLength(1);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('counts as used whenever a process opens it', async () => {
    const { path, of, cache } = await scene({ tier1_modern: someSongs(20, 4) });
    await firstCall(questionOf(path), of);
    const long = new Date(Date.now() - 86_400_000);
    utimesSync(fileIn(cache), long, long);
    fromColumns(questionOf(path), of);
    expect(statSync(fileIn(cache)).mtimeMs).toBeGreaterThan(long.getTime() + 80_000_000);
  });
});
