/**
 * The bytes of a pointer, `echo/index/<track>.json`. cab writes canonical JSON with the URL paths of the files:
 *
 *   {"artifact":"/echo/CONFIG/SOURCE/historical_echo.json","config_hash":"CONFIG","etag":"64 hex",
 *    "manifest":"/echo/CONFIG/SOURCE/manifest.json","source_hash":"SOURCE","track_id":"song one"}
 *
 * cab reads more than it writes: members in any order, unknown members, the bare file names of its own earlier trees,
 * a missing `etag`, and a track id that is a number.
 */
import { basename } from 'node:path';
import * as z from 'zod/mini';
import { CabError, isCabError } from '../model/errors.ts';
import { canonicalJson } from './json/canonical-json.ts';
import { issueOf } from '../model/json/issue.ts';
import {
  configHashSchema,
  formatKey,
  isSegment,
  segmentSchema,
  type EntryKey,
} from '../model/entry/key.ts';
import { pointerTo, type PointerFile, type TrackTarget } from '../model/entry/pointer.ts';

const fileSchema = z.object({
  track_id: z.union([z.string(), z.number()]),
  config_hash: configHashSchema,
  source_hash: segmentSchema,
  artifact: z.string(),
  manifest: z.string(),
  etag: z.nullish(z.string()),
});

export const pointerBytes = (target: TrackTarget): Buffer =>
  canonicalJson(Buffer.from(JSON.stringify(pointerTo(target.track_id, target))));

/** @throws CabError pointer_invalid, naming the file and the field */
export function parsePointer(text: string, file: string): PointerFile {
  const parsed = fileSchema.safeParse(jsonOf(text, file));
  if (!parsed.success) {
    const { field, problem } = issueOf(parsed.error);
    throw invalid(file, `${field === '' ? '' : `${field}: `}${problem}`, field);
  }
  const { track_id, config_hash, source_hash, etag } = parsed.data;
  const nameOf = (field: 'artifact' | 'manifest'): string =>
    nameWithin({ config_hash, source_hash }, parsed.data[field], file, field);
  const names = { artifact: nameOf('artifact'), manifest: nameOf('manifest') };
  return {
    track_id: typeof track_id === 'string' ? track_id : numericId(track_id, file),
    config_hash,
    source_hash,
    ...names,
    etag: etag ?? null,
    isCurrentForm: parsed.data.artifact !== names.artifact,
  };
}

/** `keys`: the keys that it could mean, for callers that must not lose its target. */
export type UnderstoodPointer =
  | { readonly kind: 'pointer'; readonly pointer: PointerFile }
  | { readonly kind: 'invalid'; readonly error: CabError; readonly keys: readonly EntryKey[] };

/** As `parsePointer`, for callers that go on with a file that is no pointer. */
export function understoodPointer(text: string, file: string): UnderstoodPointer {
  try {
    return { kind: 'pointer', pointer: parsePointer(text, file) };
  } catch (error) {
    if (!isCabError(error, 'pointer_invalid')) throw error;
    return { kind: 'invalid', error, keys: keysMeant(text) };
  }
}

/**
 * The keys that a pointer could mean, for callers that must not lose its target: the key that its hashes name, and
 * the keys that its paths name. Empty if the text names none. Checks no part of a key.
 */
function keysMeant(text: string): readonly EntryKey[] {
  const said = objectIn(text);
  const { config_hash, source_hash, artifact, manifest } = said;
  const keys = [artifact, manifest].flatMap((path) => keyInPath(path) ?? []);
  if (typeof config_hash === 'string' && typeof source_hash === 'string')
    keys.push({ config_hash, source_hash });
  return keys;
}

/** Writes a number as the file's name has it: Python writes 1.0, which JavaScript reads as 1. */
function numericId(track_id: number, file: string): string {
  const stem = basename(file, '.json');
  return stem.trim() !== '' && Number(stem) === track_id ? stem : String(track_id);
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CabError('pointer_invalid', `pointer ${file} is not JSON`, {
      cause: error,
      details: { file },
    });
  }
}

function nameWithin(key: EntryKey, said: string, file: string, field: string): string {
  const name = said.includes('/') ? nameInPath(key, said, file, field) : said;
  if (isSegment(name)) return name;
  throw invalid(file, `${field}: ${JSON.stringify(said)} names no file of an entry`, field);
}

function nameInPath(key: EntryKey, path: string, file: string, field: string): string {
  const [name] = segmentsOf(path)?.slice(-1) ?? [];
  const named = keyInPath(path);
  if (named === undefined || name === undefined)
    throw invalid(file, `${field}: ${JSON.stringify(path)} is not /echo/CONFIG/SOURCE/NAME`, field);
  if (formatKey(named) !== formatKey(key))
    throw invalid(
      file,
      `${field}: the path is one of entry ${formatKey(named)}, the hashes name ${formatKey(key)}`,
      field,
    );
  return name;
}

function keyInPath(path: unknown): EntryKey | undefined {
  const [root, echo, config_hash, source_hash, name, ...more] =
    typeof path === 'string' ? (segmentsOf(path) ?? []) : [];
  const isPath = root === '' && echo === 'echo' && name !== undefined && more.length === 0;
  return isPath && config_hash !== undefined && source_hash !== undefined
    ? { config_hash, source_hash }
    : undefined;
}

/** Each segment is decoded once; undefined if an escape is invalid. */
function segmentsOf(path: string): string[] | undefined {
  try {
    return path.split('/').map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

const invalid = (file: string, problem: string, field: string): CabError =>
  new CabError('pointer_invalid', `pointer ${file}: ${problem}`, { details: { file, field } });
