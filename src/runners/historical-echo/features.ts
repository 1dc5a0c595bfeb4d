import { CabError } from '../../core/model/errors.ts';
import { pythonFloat } from './artifact/python-number.ts';

/** Keys that are searched for the axes, in this order. */
const axisKeys = {
  tempo: [
    'tempo',
    'tempo_bpm',
    'estimated_tempo',
    'tempo_estimate_bpm',
    'tempo_global',
    'tempo_mean',
  ],
  energy: ['energy', 'rms_energy', 'energy_mean', 'energy_global'],
  valence: ['valence', 'valence_mean', 'valence_global'],
  loudness: ['loudness_LUFS', 'loudness', 'integrated_LUFS', 'loudness_integrated'],
  tempo_confidence_score: ['tempo_confidence_score', 'tempo_confidence'],
} as const;

type FeatureName = keyof typeof axisKeys;

/** The song in progress. Tempo in BPM, loudness in dB, energy and valence from 0 to 1. */
export interface SongFeatures {
  readonly tempo: number;
  readonly energy: number;
  readonly valence: number;
  readonly loudness: number;
  readonly tempo_confidence_score: number | null;
}

/**
 * Reads the axes from the text of a features file.
 * @throws CabError invalid_json, axes_missing (once, for all missing axes); both name `file`
 */
export function parseFeatures(bytes: Uint8Array, file: string): SongFeatures {
  const fields = jsonFields(bytes, file);
  const tempo = axisOf(fields, 'tempo');
  const energy = axisOf(fields, 'energy');
  const valence = axisOf(fields, 'valence');
  const loudness = axisOf(fields, 'loudness');
  if (
    tempo === undefined ||
    energy === undefined ||
    valence === undefined ||
    loudness === undefined
  ) {
    const found = { tempo, energy, valence, loudness };
    throw axesMissing(file, found, Object.keys(fields));
  }
  const tempo_confidence_score = axisOf(fields, 'tempo_confidence_score') ?? null;
  return { tempo, energy, valence, loudness, tempo_confidence_score };
}

type Fields = Readonly<Record<string, unknown>>;

function jsonFields(bytes: Uint8Array, file: string): Fields {
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = parseTolerantly(text);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw new CabError('invalid_json', `${file} is not JSON: ${error.message}`, {
      details: { file },
      cause: error,
    });
  }
  if (isObject(value)) return value;
  throw new CabError('axes_missing', `${file}: expected a JSON object that holds the axes`, {
    details: { file, missing: ['tempo', 'energy', 'valence', 'loudness'], keys: [] },
  });
}

/** Accepts `NaN` and the infinities, which are valid input but not valid for JSON.parse. */
function parseTolerantly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError) || !/NaN|Infinity/.test(text)) throw error;
  }
  // They become empty arrays, which are no axes and no keys. Each is as long as its word, so that errors
  // give the right position.
  const outsideStrings = /"(?:[^"\\]|\\.)*"|NaN|-?Infinity/g;
  return JSON.parse(
    text.replace(outsideStrings, (token) =>
      token.startsWith('"') ? token : '[]'.padEnd(token.length),
    ),
  );
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function axisOf(fields: Fields, axis: FeatureName): number | undefined {
  for (const key of axisKeys[axis]) {
    const value = Object.hasOwn(fields, key) ? listedNumber(fields[key]) : undefined;
    if (value !== undefined) return value;
  }
  // JSON.parse moves keys such as "7" to the front. No key here is one, so the order of the file holds.
  for (const [key, value] of Object.entries(fields))
    if (isUsable(value) && key.toLowerCase().includes(axis)) return value;
  return undefined;
}

const isUsable = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);

function listedNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' ? pythonFloat(value) : value;
  return isUsable(number) ? number : undefined;
}

/** Numbers of existing keys that the message and the details show. */
const shownKeys = 30;
const toldKeys = 1000;

function axesMissing(
  file: string,
  found: Readonly<Record<string, number | undefined>>,
  keys: readonly string[],
): CabError {
  const missing = Object.keys(found).filter((axis) => found[axis] === undefined);
  const more = keys.length > shownKeys ? `, and ${keys.length - shownKeys} more` : '';
  const shown =
    keys.length === 0
      ? 'it has no keys'
      : `its keys: ${keys.slice(0, shownKeys).join(', ')}${more}`;
  return new CabError('axes_missing', `${file}: no number for ${missing.join(', ')}; ${shown}`, {
    details: { file, missing, keys: keys.slice(0, toldKeys) },
  });
}
