/**
 * Finds the members of a submission's body in its bytes, before any of them is parsed. The search ends at the first
 * fault. Fields beside the input cost no more than the limits allow.
 */
import { CabError } from '../../core/model/errors.ts';
import { parseExact } from '../../core/model/json/exact-json.ts';
import { shortened } from '../../support/text/shortened.ts';
import { canonicalJson } from '../../core/hashing/json/canonical-json.ts';
import { submitRequestSchema } from '../../core/model/request/submit-request.ts';

/** How to treat fields that cab does not know. */
export type UnknownFields = 'refused' | 'ignored';

/** Position of a member: its key from `start`, its value [from, to), including white space around it. */
export interface Member {
  readonly start: number;
  readonly from: number;
  readonly to: number;
}

export interface Members {
  /** By name: the members that hold an input. */
  readonly inputs: ReadonlyMap<string, Member>;
  /** All other members that cab knows, in their order. */
  readonly others: readonly Member[];
}

/** Members that hold an input and that only cab defines. */
export const ownInputs: ReadonlySet<string> = new Set(['features_text', 'features_base64']);
/** Fields that only a program can set. */
const notOnWire: ReadonlySet<string> = new Set(['features_bytes', 'features_digested']);

const fields = Object.keys(submitRequestSchema.shape).filter(
  (name) => !notOnWire.has(name) && !ownInputs.has(name),
);
const known: Readonly<Record<UnknownFields, ReadonlySet<string>>> = {
  refused: new Set(['features', ...ownInputs, ...fields]),
  ignored: new Set(['features', ...fields]),
};

/** Bytes of all fields except the input. */
const largestFields = 256 << 10;
/** Levels of a field other than `features`. Its check recurses once a level. */
const deepest = 100;
/** Characters of an unknown name that a message shows. */
const shownName = 100;

/**
 * Undefined if the body is not an object.
 * @throws CabError invalid_json; invalid_request, naming the first field that does not exist; body_too_large
 */
export function membersOf(bytes: Buffer, unknown: UnknownFields): Members | undefined {
  let at = afterSpace(bytes, 0);
  if (bytes[at] !== brace.open) return undefined;
  const inputs = new Map<string, Member>();
  const others: Member[] = [];
  let size = 0;
  for (let isFirst = true; isFirst || bytes[at] === comma; isFirst = false) {
    at = afterSpace(bytes, at + 1);
    if (isFirst && bytes[at] === brace.close) break;
    const start = at;
    const colon = afterSpace(bytes, afterString(bytes, at));
    if (bytes[at] !== quote || bytes[colon] !== colonSign) throw notJson(bytes);
    const name = nameIn(bytes, start, colon);
    const isKnown = known[unknown].has(name);
    if (!isKnown && unknown === 'refused') throw noSuchField(name);
    const from = colon + 1;
    at = afterValue(bytes, from, name === 'features' ? Infinity : deepest);
    const value = afterSpace(bytes, from);
    if (value >= at) throw notJson(bytes);
    const member = { start, from, to: at };
    if (!isKnown) checkJson(bytes, member);
    else if (name === 'features' || (ownInputs.has(name) && bytes[value] === quote))
      inputs.set(name, member);
    else {
      size += at - start;
      if (size > largestFields) throw tooLarge();
      others.push(member);
    }
  }
  if (bytes[at] !== brace.close || afterSpace(bytes, at + 1) !== bytes.length) throw notJson(bytes);
  return { inputs, others };
}

const noSuchField = (name: string): CabError => {
  const field = shortened(name, shownName);
  return new CabError('invalid_request', `${field}: there is no such field`, {
    details: { field },
  });
};

const tooLarge = (): CabError =>
  new CabError(
    'body_too_large',
    `the fields beside the input take more than ${largestFields} bytes`,
    { hint: 'Put what is large into the input, or into a file that the runner reads.' },
  );

/** A longer name is not cab's, and is not read to its end. */
const longestName = 1024;

function nameIn(bytes: Buffer, from: number, to: number): string {
  if (to - from > longestName) return bytes.toString('utf8', from + 1, from + longestName);
  const name: unknown = parsed(decoded(bytes.subarray(from, to), bytes), bytes);
  return String(name);
}

function checkJson(bytes: Buffer, { start, from, to }: Member): void {
  if (from - start > longestName) decoded(bytes.subarray(start, from), bytes);
  try {
    canonicalJson(bytes.subarray(from, to));
  } catch (error) {
    if (error instanceof CabError) throw notJson(bytes);
    throw error;
  }
}

const brace = { open: 0x7b, close: 0x7d } as const;
const bracket = { open: 0x5b, close: 0x5d } as const;
const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colonSign = 0x3a;

function afterSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (let byte = bytes[at]; isSpace(byte); byte = bytes[at]) at += 1;
  return at;
}

export const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

function afterString(bytes: Buffer, from: number): number {
  for (let at = from + 1; at < bytes.length; at += 1) {
    if (bytes[at] === quote) return at + 1;
    if (bytes[at] === backslash) at += 1;
  }
  return bytes.length;
}

/**
 * The index of the comma or brace that ends the member. Brackets are counted, not matched: parsing
 * the value checks them.
 */
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

/** @throws CabError invalid_json with the position in the whole body */
export function decoded(piece: Buffer, whole: Buffer): string {
  try {
    return decoder.decode(piece);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw notJson(whole);
  }
}

/** Throws as `decoded` does. */
export function parsed(text: string, whole: Buffer): unknown {
  try {
    return parseExact(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw notJson(whole);
  }
}

/** Names the position. An input may contain `NaN` and `Infinity`, as Python writes them; other fields may not. */
function notJson(body: Buffer): CabError {
  try {
    canonicalJson(body, 'request body');
  } catch (error) {
    if (error instanceof CabError) return error;
    throw error;
  }
  return new CabError('invalid_json', 'request body: NaN and Infinity may stand in features alone');
}
