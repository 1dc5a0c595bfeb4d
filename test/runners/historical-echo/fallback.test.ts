import { describe, expect, it } from 'vitest';
import { parseProbe } from '../../../src/runners/historical-echo/probe-arguments.ts';
import { probeSpine } from '../../../src/runners/historical-echo/probe.ts';
import type { Spine } from '../../../src/runners/historical-echo/spine/spine.ts';
import { someFeatures, spineOf, titlesOf } from './spines.ts';

const titles = (spine: Spine) => spine.tiers.flatMap(titlesOf);

describe('the AcousticBrainz fallback', () => {
  const probe = { tiers: 'tier3_modern', use_acousticbrainz_fallback: true };
  const full = {
    tempo_bpm: 100,
    average_loudness: -7,
    danceability: 0.2,
    mood_happy: 0.9,
    mood_sad: 0.1,
  };
  const known = { ...full, mood_party: 0.6, mood_relaxed: 0.3 };
  const remote = { has_audio: '0', tempo: '', valence: '', energy: '', loudness: '' };
  const stored = {
    ada__mean: JSON.stringify(known),
    ada__clamped: JSON.stringify({ ...full, mood_happy: 1, mood_sad: 0, mood_relaxed: 1.5 }),
    ada__unknownmood: JSON.stringify({ ...full, mood_happy: undefined, mood_sad: undefined }),
    ada__happyonly: JSON.stringify({ ...full, mood_sad: undefined }),
    ada__broken: '{"tempo_bpm": 100',
    ada__list: '[1, 2]',
    ada__text: JSON.stringify({ ...full, tempo_bpm: '100' }),
    'elsewhere stored': JSON.stringify(full),
  };
  const tier3_modern = [
    { title: 'Local', has_audio: '1', audio_features_path: 'a.json', tempo: '99' },
    { ...remote, title: 'Mean' },
    { title: 'NoPath', has_audio: '1', audio_features_path: '', tempo: '98' },
    { ...remote, title: 'Clamped', audio_features_path: 'b.json' },
    { ...remote, title: 'UnknownMood' },
    { ...remote, title: 'HappyOnly' },
    { ...remote, title: 'Broken' },
    { ...remote, title: 'List' },
    { ...remote, title: 'Text' },
    { ...remote, title: 'Stored', slug: 'elsewhere stored' },
    { ...remote, title: 'Old', year: '1970', slug: 'elsewhere stored' },
  ];

  it('gives rows without their own features those stored under their slug', () => {
    const spine = spineOf(probe, { tier3_modern }, stored);
    expect(titles(spine)).toEqual(['Local', 'Mean', 'Clamped', 'HappyOnly', 'Stored']);
    expect([...(spine.tiers[0]?.external ?? [])]).toEqual([0, 1, 1, 1, 1]);
    const axes = spine.tiers[0]?.axes ?? new Float64Array();
    expect([...axes.subarray(4, 8)]).toEqual([100, (1.3 + 0.3) / 2, (0.2 + 0.6) / 2, -7]);
    expect(axes[9]).toBe(1);
    expect(axes[13]).toBe(0.9);
  });

  it('takes its bands from the values, and no part in the scale', () => {
    const spine = spineOf(
      probe,
      {
        tier3_modern: [...tier3_modern, { title: 'Other', audio_features_path: 'c', tempo: '101' }],
      },
      stored,
    );
    expect(spine.score(0, 100)).toBe(0);
    expect(spine.score(0, 101)).toBe(1);
    const { neighbors } = probeSpine(
      { ...someFeatures, tempo: 100 },
      spine,
      parseProbe({ ...probe, top_k: 2 }),
    );
    expect(neighbors).toMatchObject([
      {
        title: 'Mean',
        tempo_band: 'tempo_100_120',
        energy_band: 'energy_mid',
        feature_source: 'acousticbrainz',
      },
      { title: 'Clamped', valence_band: 'valence_very_high' },
    ]);
  });

  it('is the scale where no row has features of its own', () => {
    const spine = spineOf(probe, { tier3_modern: tier3_modern.slice(1) }, stored);
    expect(spine.score(1, 0.8)).toBeLessThan(-1);
    expect(spine.score(1, 1)).toBeGreaterThan(0);
  });

  it('stops at its cap', () => {
    const spine = spineOf({ ...probe, acousticbrainz_max_fallback: 2 }, { tier3_modern }, stored);
    expect(titles(spine)).toEqual(['Local', 'Mean', 'Clamped']);
  });

  it('is for tier 3 alone, on demand, and where there is a table', () => {
    expect(titles(spineOf({ tiers: 'tier3_modern' }, { tier3_modern }, stored))).toEqual([
      'Local',
      'NoPath',
    ]);
    expect(titles(spineOf(probe, { tier3_modern }))).toEqual(['Local', 'NoPath']);
    const single = {
      table: 'spine_master_tier3_modern_lanes_v1',
      echo_tier: 'EchoTier_3_YearEnd_Top200_Modern',
    };
    expect(
      titles(spineOf({ ...single, use_acousticbrainz_fallback: true }, { tier3_modern }, stored)),
    ).toEqual(['Local', 'NoPath']);
  });
});
