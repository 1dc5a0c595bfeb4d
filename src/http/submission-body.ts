/**
 * The body of a submission, for both ends. An input comes in one of three members:
 *
 *   features          JSON; cut out of the body as the text that it is, for through `JSON.parse` and back numbers lose digits
 *   features_text     a string that holds the text, white space and all; what cab itself sends
 *   features_base64   bytes that are no text
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

export function writeSubmission({ features_bytes: bytes, ...fields }: SubmitRequest): Buffer {
  const features_base64 = bytes && Buffer.from(bytes).toString('base64');
  return Buffer.from(exactText({ ...fields, features_base64 }));
}

/** What becomes of fields that cab does not know. */
export type UnknownFields = 'refused' | 'ignored';

/** No body at all names no features. @throws CabError invalid_json; invalid_request, naming the field */
export function readSubmission(body: Uint8Array, unknown: UnknownFields): SubmitRequest {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (bytes.length === 0) return parseSubmitRequest({});
  const { features, rest } = cut(bytes);
  const { features_base64, ...fields } = saidIn(objectOf(parse(rest, bytes)), unknown);
  const isSent = features !== undefined && features !== 'null';
  if (isSent && 'features_text' in fields)
    throw unfit('features_text', 'features is there as well');
  return withHomes(
    parseSubmitRequest({
      ...fields,
      ...(isSent && { features_text: features }),
      ...(features_base64 !== undefined && { features_bytes: decodedBase64(features_base64) }),
    }),
  );
}

function decodedBase64(text: unknown): Uint8Array {
  if (typeof text !== 'string') throw unfit('features_base64', 'expected text');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw unfit('features_base64', 'expected base64');
  return bytes;
}

const unfit = (field: string, problem: string): CabError =>
  new CabError('invalid_request', `${field}: ${problem}`, { details: { field } });

/** Members of cab's own that hold an input. */
const ownInputs: ReadonlySet<string> = new Set([
  'features_text',
  'features_bytes',
  'features_base64',
]);

/** Clients may send a field as null or as an empty text, and mean that they leave it out; an input may be empty. */
function saidIn(
  fields: Readonly<Record<string, unknown>>,
  unknown: UnknownFields,
): Record<string, unknown> {
  const isKnown = (name: string): boolean =>
    unknown === 'refused' ||
    (!ownInputs.has(name) && Object.hasOwn(submitRequestSchema.shape, name));
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([name, value]) => value !== null && (value !== '' || ownInputs.has(name)) && isKnown(name),
    ),
  );
}

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
