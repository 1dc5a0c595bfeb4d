/** The four axes of a song. Tempo in BPM, loudness in dB, valence and energy from 0 to 1. */
export interface Axes {
  readonly tempo: number;
  readonly valence: number;
  readonly energy: number;
  readonly loudness: number;
}

/** The axes from AcousticBrainz's data of a song. Undefined if the JSON is invalid or an axis is missing. */
export function axesOfAcousticBrainz(json: string): Axes | undefined {
  const fields = numbersOf(json);
  const tempo = fields.get('tempo_bpm');
  const loudness = fields.get('average_loudness');
  const energy = mean(
    ['danceability', 'mood_aggressive', 'mood_electronic', 'mood_party'].map((name) =>
      fields.get(name),
    ),
  );
  const valence = mean([moodBalance(fields), fields.get('mood_relaxed')]);
  if (tempo === undefined || loudness === undefined) return undefined;
  if (energy === undefined || valence === undefined) return undefined;
  return { tempo, loudness, energy, valence: Math.min(1, Math.max(0, valence)) };
}

function numbersOf(json: string): ReadonlyMap<string, number> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) return new Map();
    throw error;
  }
  const numbers = new Map<string, number>();
  for (const [name, field] of Object.entries(value ?? {}))
    if (typeof field === 'number') numbers.set(name, field);
  return numbers;
}

function moodBalance(fields: ReadonlyMap<string, number>): number | undefined {
  const happy = fields.get('mood_happy');
  const sad = fields.get('mood_sad');
  if (happy === undefined && sad === undefined) return undefined;
  return 0.5 + ((happy ?? 0.5) - (sad ?? 0.5));
}

function mean(values: readonly (number | undefined)[]): number | undefined {
  const present = values.filter((value) => value !== undefined);
  if (present.length === 0) return undefined;
  return present.reduce((sum, value) => sum + value, 0) / present.length;
}
