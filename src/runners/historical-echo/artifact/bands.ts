/** The band of each axis, as in the spine's columns with the same names. */
export interface Bands {
  readonly tempo_band: string;
  readonly valence_band: string;
  readonly energy_band: string;
}

/** Tempo in BPM; valence and energy from 0 to 1. */
export const bandsOf = (tempo: number, valence: number, energy: number): Bands => ({
  tempo_band: tempoBand(tempo),
  valence_band: `valence_${level(valence)}`,
  energy_band: `energy_${level(energy)}`,
});

function tempoBand(tempo: number): string {
  if (tempo < 80) return 'tempo_sub_80';
  if (tempo < 100) return 'tempo_80_100';
  if (tempo < 120) return 'tempo_100_120';
  if (tempo < 140) return 'tempo_120_140';
  return 'tempo_over_140';
}

function level(share: number): string {
  if (share < 0.2) return 'very_low';
  if (share < 0.4) return 'low';
  if (share < 0.6) return 'mid';
  if (share < 0.8) return 'high';
  return 'very_high';
}
