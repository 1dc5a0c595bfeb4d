import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/model/job/job.ts';
import { nearestNeighbors } from '../../../src/runners/historical-echo/nearest.ts';
import { parseProbe } from '../../../src/runners/historical-echo/probe-arguments.ts';
import { probeSpine } from '../../../src/runners/historical-echo/probe.ts';
import { SongNames } from '../../../src/runners/historical-echo/spine/song-names.ts';
import type { Spine } from '../../../src/runners/historical-echo/spine/spine.ts';
import { someFeatures, spineOf, titlesOf } from './spines.ts';

const titles = (spine: Spine) => spine.tiers.flatMap(titlesOf);
const allTiers = { tiers: 'tier1_modern,tier2_modern,tier3_modern' };
const named = (...names: string[]) => names.map((title) => ({ title }));

describe('rows of a spine', () => {
  it('count where tier, audio and year fit, and all that should be numbers are', () => {
    const spine = spineOf(
      {},
      {
        tier1_modern: [
          { title: 'early', year: '1984' },
          { title: 'first', year: '1985' },
          { title: 'last', year: '2020' },
          { title: 'late', year: '2021' },
          { title: 'decimal', year: '1999.0' },
          { title: 'silent', has_audio: '0' },
          { title: 'empty', valence: '' },
          { title: 'null', energy: null },
          { title: 'word', loudness: 'n/a' },
          { title: 'foreign', echo_tier: 'EchoTier_2_YearEnd_Top100_Modern' },
        ],
      },
    );
    expect(titles(spine)).toEqual(['first', 'last']);
    expect([spine.totalRows, spine.skippedNonNumeric]).toEqual([2, 0]);
  });

  it('that are not finite are counted, and compared with nothing', () => {
    const spine = spineOf({}, { tier1_modern: [{ title: 'a' }, { title: 'b', tempo: 'nan' }] });
    expect(titles(spine)).toEqual(['a']);
    expect(probeSpine(someFeatures, spine, parseProbe({}))).toMatchObject({
      neighbor_filter_notes: { total_rows: 2n, skipped_missing_axes: 0n, skipped_non_numeric: 1n },
    });
  });

  it('of one song are one: the better tier wins, then the earlier row', () => {
    const spine = spineOf(allTiers, {
      tier1_modern: [
        { title: 'One', tempo: '101' },
        { title: 'one!', tempo: '102' },
      ],
      tier2_modern: [
        { title: 'ONE', tempo: '103' },
        { title: 'Two', tempo: '104' },
      ],
      tier3_modern: [
        { title: 'Two (live)', tempo: '105' },
        { title: 'Three', tempo: '106', slug: 'ada__one' },
        { title: 'Four', tempo: '107', slug: '' },
      ],
    });
    expect(spine.tiers.map(titlesOf)).toEqual([['One'], ['Two'], ['Four']]);
    expect([...(spine.tiers[0]?.axes ?? [])]).toEqual([101, 0.5, 0.5, -8]);
  });

  it('keep the bands that they say, and have those of their values where they say none', () => {
    const spine = spineOf({}, { tier1_modern: [{ tempo_band: 'swift', valence_band: '' }] });
    expect(probeSpine(someFeatures, spine, parseProbe({}))).toMatchObject({
      neighbors: [{ tempo_band: 'swift', valence_band: 'valence_mid', energy_band: 'energy_mid' }],
    });
  });

  it('that are all alike on an axis do not differ from the song there', () => {
    const spine = spineOf(
      {},
      {
        tier1_modern: [
          { title: 'a', tempo: '90' },
          { title: 'b', tempo: '110' },
        ],
      },
    );
    const found = probeSpine({ ...someFeatures, tempo: 100, energy: 0.9 }, spine, parseProbe({}));
    expect(found).toMatchObject({ neighbors: [{ distance: 1 }, { distance: 1 }] });
  });
});

describe('the nearest songs', () => {
  it('come from the tiers in turn, and from those that have more when others have none left', () => {
    const spine = spineOf(allTiers, {
      tier1_modern: named('a1'),
      tier2_modern: named('b1', 'b2', 'b3'),
      tier3_modern: named('c1', 'c2'),
    });
    const order = (count: number) =>
      nearestNeighbors(spine, [0, 0, 0, 0], 1, count).map(({ tier, song: at }) =>
        tier.names.title(at),
      );
    expect(order(10)).toEqual(['a1', 'b1', 'c1', 'b2', 'c2', 'b3']);
    expect(order(2)).toEqual(['a1', 'b1']);
  });

  it('are those of a full stable sort, whatever the number', () => {
    const place = fc.integer({ min: 0, max: 3 });
    const places = fc.array(fc.tuple(place, place, place, place), { maxLength: 400 });
    fc.assert(
      fc.property(places, fc.integer({ min: 1, max: 40 }), (rows, count) => {
        const scores = Float64Array.from(rows.flat());
        const tier = { label: 'tier1_modern', scores } as const;
        const columns = {
          years: new Int32Array(),
          names: new SongNames(),
          bands: new Map(),
        };
        const whole = { ...tier, ...columns, axes: scores, external: new Uint8Array() };
        const spine = {
          tiers: [whole],
          totalRows: rows.length,
          skippedNonNumeric: 0,
          scale: { means: [0, 0, 0, 0], deviations: [0, 0, 0, 0] },
          score: () => 0,
        };
        const distances = rows.map(([t, v, e, l]) =>
          Math.sqrt(0.3 * (1 - t) * (1 - t) + (1 - v) ** 2 + (1 - e) ** 2 + (2 - l) ** 2),
        );
        const sorted = [...distances.keys()].sort(
          (a, b) => (distances[a] ?? 0) - (distances[b] ?? 0),
        );
        const found = nearestNeighbors(spine, [1, 1, 1, 2], 0.3, count);
        expect(found.map((neighbor) => neighbor.song)).toEqual(sorted.slice(0, count));
      }),
    );
  });

  it('are weighted by tempo only where its confidence is known and low', () => {
    const spine = spineOf(
      {},
      {
        tier1_modern: [
          { title: 'a', tempo: '100' },
          { title: 'b', tempo: '120' },
        ],
      },
    );
    const distance = (confidence: number | null, probe: JsonObject) => {
      const features = { ...someFeatures, tempo: 120, tempo_confidence_score: confidence };
      return nearestOf(probeSpine(features, spine, parseProbe(probe)));
    };
    const asked = { use_tempo_confidence: true, tempo_weight_low: 0.25 };
    expect(distance(0.39, asked)).toBe(1);
    expect(distance(0.4, asked)).toBe(2);
    expect(distance(null, asked)).toBe(2);
    expect(distance(0.1, { tempo_weight_low: 0.25 })).toBe(2);
  });

  it('are counted by decades, those outside of them as other', () => {
    const years = ['1960', '1985', '1994', '1995', '2024', '2025'];
    const spine = spineOf(
      { year_min: 1900, year_max: 2100 },
      { tier1_modern: years.map((year) => ({ year, title: year })) },
    );
    expect(probeSpine(someFeatures, spine, parseProbe({})).decade_counts).toEqual({
      '1985–1994': 2n,
      '1995–2004': 1n,
      '2015–2024': 1n,
      other: 2n,
    });
  });
});

/** Distance of the farther of two songs. */
function nearestOf(found: ReturnType<typeof probeSpine>): unknown {
  const { neighbors } = found;
  const last: unknown = Array.isArray(neighbors) ? neighbors.at(-1) : undefined;
  return typeof last === 'object' && last !== null && 'distance' in last
    ? last.distance
    : undefined;
}
