import { describe, expect, it } from 'vitest';
import { parseProbe, spineQuery } from '../../../src/runners/historical-echo/probe-arguments.ts';

describe('probe arguments', () => {
  it('have defaults', () => {
    expect(parseProbe({})).toEqual({
      table: 'spine_master_v1_lanes',
      echo_tier: 'EchoTier_1_YearEnd_Top40',
      year_min: 1985,
      year_max: 2020,
      top_k: 10,
      tiers: null,
      use_acousticbrainz_fallback: false,
      acousticbrainz_max_fallback: null,
      use_tempo_confidence: false,
      tempo_confidence_threshold: 0.4,
      tempo_weight_low: 0.3,
    });
    expect(parseProbe({ top_k: 3, tiers: 'tier2_modern' })).toMatchObject({
      top_k: 3,
      tiers: 'tier2_modern',
      year_min: 1985,
    });
  });

  it.each([
    [{ top_k: 0 }, 'probe.top_k: expected a whole number from 1 to 10000'],
    [{ top_k: 2.5 }, 'probe.top_k: expected a whole number from 1 to 10000'],
    [{ top_k: '10' }, 'probe.top_k: expected a whole number from 1 to 10000'],
    [{ year_min: -1 }, 'probe.year_min: expected a whole number from 0 to 9999'],
    [{ table: '' }, 'probe.table: expected a text'],
    [{ tiers: ['tier1_modern'] }, 'probe.tiers: expected a comma list of tiers, or null'],
    [{ use_tempo_confidence: 1 }, 'probe.use_tempo_confidence: expected true or false'],
    [{ tempo_confidence_threshold: null }, 'probe.tempo_confidence_threshold: expected a number'],
    [{ tempo_weight_low: -0.1 }, 'probe.tempo_weight_low: expected a number from 0 on'],
    [{ topk: 3 }, 'probe.topk: unknown argument'],
  ])('%j is refused', (probe, message) => {
    expect(() => parseProbe(probe)).toThrow(
      expect.objectContaining({ code: 'probe_invalid', message }),
    );
  });

  it('name tiers in any order, the best is searched first, and unknown names are passed over', () => {
    const labels = (tiers: string) =>
      spineQuery(parseProbe({ tiers })).searches.map(({ label }) => label);
    expect(labels('tier3_modern, nosuch, tier1_modern')).toEqual(['tier1_modern', 'tier3_modern']);
    expect(
      spineQuery(parseProbe({ tiers: 'nosuch', table: 't', echo_tier: 'e' })).searches,
    ).toEqual([{ label: 'tier1_modern', table: 't', echoTier: 'e' }]);
  });

  it('cap the fallback only where it is asked for, and 0 is no cap', () => {
    const rows = (probe: Record<string, number | boolean>) =>
      spineQuery(parseProbe(probe)).fallbackRows;
    expect(rows({ acousticbrainz_max_fallback: 5 })).toBeNull();
    expect(rows({ use_acousticbrainz_fallback: true })).toBe(Infinity);
    expect(rows({ use_acousticbrainz_fallback: true, acousticbrainz_max_fallback: 0 })).toBe(
      Infinity,
    );
    expect(rows({ use_acousticbrainz_fallback: true, acousticbrainz_max_fallback: 5 })).toBe(5);
  });
});
