import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import type { SubmitRequest } from '../../core/model/request/submit-request.ts';
import { CabError } from '../../core/model/errors.ts';

type Input = Pick<SubmitRequest, 'features_path' | 'features_text' | 'features_bytes'>;

/**
 * The input of a submission from a value of a program: a file from a URL, bytes from text, from an array of bytes or a Blob, and
 * JSON from any other value.
 * @throws CabError invalid_request for a value that JSON does not have
 */
export async function inputOf(value: unknown): Promise<Input> {
  // Sent as bytes, which only a runner that reads nothing but JSON parses as JSON.
  if (typeof value === 'string') return { features_bytes: Buffer.from(value) };
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return { features_bytes: Buffer.from(buffer, byteOffset, byteLength) };
  }
  if (types.isAnyArrayBuffer(value)) return { features_bytes: Buffer.from(value) };
  if (isBlob(value)) return { features_bytes: Buffer.from(await value.arrayBuffer()) };
  if (isUrl(value)) return { features_path: pathOf(value) };
  if (isStream(value)) throw refusal('is a stream: write it to a file, and name that');
  // Undefined for a function or a symbol, which the type does not mention.
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw refusal('is a value that JSON does not have');
  return { features_text: text };
}

// By what they are, not by `instanceof`: a test runner may have classes of its own.
const isBlob = (value: unknown): value is Blob =>
  Object.prototype.toString.call(value) === '[object Blob]' ||
  Object.prototype.toString.call(value) === '[object File]';
const isUrl = (value: unknown): value is URL =>
  Object.prototype.toString.call(value) === '[object URL]';
const isStream = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

function pathOf(url: URL): string {
  if (url.protocol !== 'file:')
    throw refusal(`is the address ${url.href}, and cab downloads nothing`);
  return fileURLToPath(url.href);
}

const refusal = (problem: string): CabError =>
  new CabError('invalid_request', `input: ${problem}`, { details: { field: 'input' } });
