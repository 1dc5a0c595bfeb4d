/**
 * The body of a submission, for both ends. An input comes in one of three members:
 *
 *   features          JSON; cut out of the body as text, because numbers lose digits through `JSON.parse` and back
 *   features_text     a string that holds the text, including white space; cab itself sends this
 *   features_base64   bytes that are not text
 *
 * A small body is read in the main thread (`readSubmission`). A large one is read and hashed in another thread
 * (`digestBody`), and its outcome becomes a request in the main thread (`requestOf`).
 */
import { CabError } from '../../core/model/errors.ts';
import { exactText, parseExact } from '../../core/model/json/exact-json.ts';
import { digestSent, encoded } from '../../core/hashing/hash-input.ts';
import type { DigestedInput } from '../../core/model/request/digested-input.ts';
import { withHome } from '../../support/paths/home-path.ts';
import { parseSubmitRequest, type SubmitRequest } from '../../core/model/request/submit-request.ts';
import {
  decoded,
  isSpace,
  membersOf,
  ownInputs,
  parsed,
  type Member,
  type Members,
  type UnknownFields,
} from './submission-members.ts';

export function writeSubmission({
  features_bytes,
  features_digested: digested,
  ...fields
}: SubmitRequest): Buffer {
  const bytes = digested?.isText === false ? digested.content : features_bytes;
  return Buffer.from(
    exactText({
      ...fields,
      ...(digested?.isText === true && { features_text: Buffer.from(digested.content).toString() }),
      features_base64: bytes && Buffer.from(bytes).toString('base64'),
    }),
  );
}

/** An empty body names no features. @throws CabError invalid_json; invalid_request, naming the field; body_too_large */
export function readSubmission(body: Uint8Array, unknown: UnknownFields): SubmitRequest {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (bytes.length === 0) return parseSubmitRequest({});
  const { inputs, others } = membersIn(bytes, unknown);
  const features = sentFeatures(inputs, bytes);
  const own = [...inputs].flatMap(([name, member]) => (name === 'features' ? [] : [member]));
  const { features_base64, ...fields } = saidIn(
    parsed(objectText([...others, ...own], bytes), bytes),
  );
  if (features !== undefined && 'features_text' in fields) throw twice();
  return withHomes(
    parseSubmitRequest({
      ...fields,
      ...(features !== undefined && { features_text: decoded(features, bytes) }),
      ...(features_base64 !== undefined && { features_bytes: decodedBase64(features_base64) }),
    }),
  );
}

/** The outcome of `digestBody` in a thread. */
export interface DigestedBody {
  /** All fields except the input, as the JSON text of an object. */
  readonly fields: string;
  readonly input: DigestedInput | undefined;
}

/** Throws as `readSubmission` does, but does not check the values of fields. */
export function digestBody(body: Uint8Array, unknown: UnknownFields): DigestedBody {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const { inputs, others } = membersIn(bytes, unknown);
  const fields = objectText(others, bytes);
  parsed(fields, bytes);
  const features = sentFeatures(inputs, bytes);
  const [text, base64] = ['features_text', 'features_base64'].map((name) => inputs.get(name));
  if (features !== undefined && text !== undefined) throw twice();
  if (base64 !== undefined && (features ?? text) !== undefined)
    throw unfit('features_base64', 'features is there as well');
  return { fields, input: digested() };

  function digested(): DigestedInput | undefined {
    if (features !== undefined) {
      decoded(features, bytes);
      return digestSent(Uint8Array.from(features), true, inputName);
    }
    if (text !== undefined)
      return digestSent(encoded(String(valueOf(text, bytes)), inputName), true, inputName);
    return base64 && digestSent(decodedBase64(valueOf(base64, bytes)), false, inputName);
  }
}

/** @throws CabError invalid_request, naming the field */
export const requestOf = ({ fields, input }: DigestedBody): SubmitRequest =>
  withHomes(
    parseSubmitRequest({
      ...saidIn(parseExact(fields)),
      ...(input !== undefined && { features_digested: input }),
    }),
  );

/** The name of a sent input in messages. */
const inputName = 'features';

function membersIn(bytes: Buffer, unknown: UnknownFields): Members {
  const members = membersOf(bytes, unknown);
  if (members !== undefined) return members;
  parsed(decoded(bytes, bytes), bytes);
  throw new CabError('invalid_request', 'request: expected a JSON object', {
    details: { field: '' },
  });
}

const objectText = (members: readonly Member[], bytes: Buffer): string =>
  `{${members.map(({ start, to }) => decoded(bytes.subarray(start, to), bytes)).join(',')}}`;

const valueOf = ({ from, to }: Member, bytes: Buffer): unknown =>
  parsed(decoded(bytes.subarray(from, to), bytes), bytes);

/** The JSON of the member `features`; undefined if it is absent or null. */
function sentFeatures(inputs: Members['inputs'], bytes: Buffer): Buffer | undefined {
  const member = inputs.get('features');
  if (member === undefined) return undefined;
  const value = trimmed(bytes.subarray(member.from, member.to));
  return value.length === 4 && value.toString('latin1') === 'null' ? undefined : value;
}

function trimmed(bytes: Buffer): Buffer {
  let [from, to] = [0, bytes.length];
  while (from < to && isSpace(bytes[from])) from += 1;
  while (to > from && isSpace(bytes[to - 1])) to -= 1;
  return bytes.subarray(from, to);
}

function decodedBase64(text: unknown): Uint8Array {
  if (typeof text !== 'string') throw unfit('features_base64', 'expected text');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw unfit('features_base64', 'expected base64');
  return bytes;
}

const unfit = (field: string, problem: string): CabError =>
  new CabError('invalid_request', `${field}: ${problem}`, { details: { field } });

const twice = (): CabError => unfit('features_text', 'features is there as well');

/** Clients may send a field as null or as an empty text to leave it out. An input, however, may be empty. */
const saidIn = (fields: unknown): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields ?? {}).filter(
      ([name, value]) => value !== null && (value !== '' || ownInputs.has(name)),
    ),
  );

/** Replaces `~` in paths that this daemon reads by the home of its user. */
function withHomes(request: SubmitRequest): SubmitRequest {
  const { features_path, db_path } = request;
  if (features_path?.startsWith('~') !== true && db_path?.startsWith('~') !== true) return request;
  return parseSubmitRequest({
    ...request,
    ...(features_path !== undefined && { features_path: withHome(features_path) }),
    ...(db_path != null && { db_path: withHome(db_path) }),
  });
}
