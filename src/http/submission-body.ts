/**
 * The body of a submission, for both ends. `features` passes as the text that it is, cut out of the body and put
 * into it byte for byte: through `JSON.parse` and back, long numbers would lose digits, and the digest its meaning.
 */
import { CabError } from '../core/errors.ts';
import { exactText, parseExact } from '../core/exact-json.ts';
import { canonicalJson } from '../core/hashing/canonical-json.ts';
import { withHome } from '../core/model/home-path.ts';
import {
  parseSubmitRequest,
  submitRequestSchema,
  type SubmitRequest,
} from '../core/model/submit-request.ts';

/** `features` must be one JSON value as a whole, or it could say more than a value. */
export function writeSubmission(
  fields: Omit<SubmitRequest, 'features_text'>,
  features?: Uint8Array,
): Buffer {
  const rest = exactText(fields);
  if (features === undefined) return Buffer.from(rest);
  const end = rest === '{}' ? rest.slice(1) : `,${rest.slice(1)}`;
  return Buffer.concat([Buffer.from('{"features":'), features, Buffer.from(end)]);
}

/** What becomes of fields that cab does not know. */
export type UnknownFields = 'refused' | 'ignored';

/** No body at all names no features. @throws CabError invalid_json; invalid_request, naming the field */
export function readSubmission(body: Uint8Array, unknown: UnknownFields): SubmitRequest {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (bytes.length === 0) return parseSubmitRequest({});
  const { features, rest } = cut(bytes);
  const fields = saidIn(objectOf(parse(rest, bytes)));
  if ('features_text' in fields && unknown === 'refused')
    throw new CabError('invalid_request', 'features_text: send the JSON itself, as features', {
      details: { field: 'features_text' },
    });
  const known = unknown === 'ignored' ? knownIn(fields) : fields;
  return withHomes(
    parseSubmitRequest({
      ...known,
      ...(features !== undefined && features !== 'null' && { features_text: features }),
    }),
  );
}

/** Clients may send a field as null or as an empty text, and mean that they leave it out. */
const saidIn = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== ''));

const knownIn = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([name]) => name !== 'features_text' && Object.hasOwn(submitRequestSchema.shape, name),
    ),
  );

/** Paths that are read here, with the home of the daemon's user in them. */
function withHomes(request: SubmitRequest): SubmitRequest {
  const { features_path, db_path } = request;
  if (features_path?.startsWith('~') !== true && db_path?.startsWith('~') !== true) return request;
  return parseSubmitRequest({
    ...request,
    ...(features_path !== undefined && { features_path: withHome(features_path) }),
    ...(db_path != null && { db_path: withHome(db_path) }),
  });
}

interface Cut {
  readonly features: string | undefined;
  /** The body without it. */
  readonly rest: string;
}

function cut(bytes: Buffer): Cut {
  let at = afterSpace(bytes, 0);
  if (bytes[at] !== brace.open) return { features: undefined, rest: decode(bytes, bytes) };
  let features: string | undefined;
  const others: string[] = [];
  do {
    at = afterSpace(bytes, at + 1);
    if (bytes[at] === brace.close && others.length === 0 && features === undefined) break;
    const member = at;
    const colon = afterSpace(bytes, afterString(bytes, at));
    if (bytes[at] !== quote || bytes[colon] !== colonSign) throw notJson(bytes);
    const key: unknown = parse(decode(bytes.subarray(member, colon), bytes), bytes);
    const value = colon + 1;
    at = afterValue(bytes, value, key === 'features' ? Infinity : deepest);
    const text = decode(bytes.subarray(value, at), bytes).trim();
    if (text === '') throw notJson(bytes);
    if (key === 'features') features = text;
    else others.push(decode(bytes.subarray(member, at), bytes));
  } while (bytes[at] === comma);
  if (bytes[at] !== brace.close || afterSpace(bytes, at + 1) !== bytes.length) throw notJson(bytes);
  return { features, rest: `{${others.join(',')}}` };
}

/** Levels of a field other than `features`: who checks it calls itself for each. */
const deepest = 100;

const brace = { open: 0x7b, close: 0x7d } as const;
const bracket = { open: 0x5b, close: 0x5d } as const;
const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colonSign = 0x3a;

function afterSpace(bytes: Buffer, from: number): number {
  let at = from;
  while ([0x20, 0x0a, 0x0d, 0x09].includes(bytes[at] ?? 0)) at += 1;
  return at;
}

function afterString(bytes: Buffer, from: number): number {
  for (let at = from + 1; at < bytes.length; at += 1) {
    if (bytes[at] === quote) return at + 1;
    if (bytes[at] === backslash) at += 1;
  }
  return bytes.length;
}

/** The comma or brace that ends the member. Brackets are counted, not matched: who parses the value sees to that. */
function afterValue(bytes: Buffer, from: number, limit: number): number {
  let depth = 0;
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === quote) {
      at = afterString(bytes, at);
      continue;
    }
    const closes = byte === brace.close || byte === bracket.close;
    if (depth === 0 && (closes || byte === comma)) return at;
    if (closes) depth -= 1;
    else if (byte === brace.open || byte === bracket.open) depth += 1;
    if (depth > limit)
      throw new CabError('invalid_request', `request: nested deeper than ${limit} levels`);
    at += 1;
  }
  return at;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(piece: Buffer, whole: Buffer): string {
  try {
    return decoder.decode(piece);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw notJson(whole);
  }
}

function parse(text: string, whole: Buffer): unknown {
  try {
    return parseExact(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw notJson(whole);
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new CabError('invalid_request', 'request: expected a JSON object', {
    details: { field: '' },
  });
}

/** Names the place; input takes `NaN` and `Infinity`, as Python writes them, the other fields do not. */
function notJson(body: Buffer): CabError {
  try {
    canonicalJson(body, 'request body');
  } catch (error) {
    if (error instanceof CabError) return error;
    throw error;
  }
  return new CabError('invalid_json', 'request body: NaN and Infinity may stand in features alone');
}
