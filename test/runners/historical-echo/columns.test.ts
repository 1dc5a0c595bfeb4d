import { rmSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../helpers/seeded.ts';
import {
  firstCall,
  fromColumns,
  fromDatabase,
  questionOf,
  scene,
  someSongs,
} from './columns-scene.ts';
import { someFeatures } from './spines.ts';

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
