import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bandsOf } from '../../../src/runners/historical-echo/artifact/bands.ts';

it.each([
  [79.999, 'tempo_sub_80'],
  [80, 'tempo_80_100'],
  [100, 'tempo_100_120'],
  [120, 'tempo_120_140'],
  [140, 'tempo_over_140'],
])('a tempo of %s is in %s', (tempo, band) => {
  expect(bandsOf(tempo, 0, 0).tempo_band).toBe(band);
});

it.each([
  [0.199, 'very_low'],
  [0.2, 'low'],
  [0.4, 'mid'],
  [0.6, 'high'],
  [0.8, 'very_high'],
])('a valence and an energy of %s are in %s', (share, level) => {
  expect(bandsOf(0, share, share)).toMatchObject({
    valence_band: `valence_${level}`,
    energy_band: `energy_${level}`,
  });
});

it('never falls as the value rises', () => {
  const tempos = ['sub_80', '80_100', '100_120', '120_140', 'over_140'].map((b) => `tempo_${b}`);
  const levels = ['very_low', 'low', 'mid', 'high', 'very_high'].map((b) => `energy_${b}`);
  const value = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(value, value, (one, other) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)];
      const low = bandsOf(200 * less, 0, less);
      const high = bandsOf(200 * more, 0, more);
      expect(tempos.indexOf(low.tempo_band)).toBeGreaterThanOrEqual(0);
      expect(tempos.indexOf(low.tempo_band)).toBeLessThanOrEqual(tempos.indexOf(high.tempo_band));
      expect(levels.indexOf(low.energy_band)).toBeGreaterThanOrEqual(0);
      expect(levels.indexOf(low.energy_band)).toBeLessThanOrEqual(levels.indexOf(high.energy_band));
    }),
  );
});
