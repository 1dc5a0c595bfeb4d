/** Hashes the input of a job: JSON in canonical form, anything else as bytes. */
import { constants, isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { CabError, isCabError } from '../model/errors.ts';
import type { InputFormat } from '../model/runner/runner-identity.ts';
import { DigestedInput } from '../model/request/digested-input.ts';
import type { PlainInput, SentInput } from '../model/request/sent-input.ts';
import type { PathFence } from '../../support/paths/path-fence.ts';
import { sourceHashOfJson } from './json/canonical-json.ts';
import { sha256 } from './digest.ts';
import { emptyInput, readInputFile, withoutSize, type InputFile } from './input-file.ts';

export interface HashedInput {
  /** SHA-256, hex: of the canonical form of JSON, of the bytes of anything else. */
  readonly source_hash: string;
  readonly json: boolean;
  /** The bytes of JSON, exactly as hashed; null for a raw file, which is never held in memory. */
  readonly bytes: Uint8Array | null;
  /** Bytes. */
  readonly size: number;
  /** As `fingerprintOf` gave it for the open file, before and after reading; empty if the input was sent. */
  readonly fingerprint: string;
  /** False if the file changed so recently that another change may leave the same fingerprint. */
  readonly isSettled: boolean;
  /** Set if the file was read with a fence: the path without links that leads to it. */
  readonly place?: string | undefined;
}

/** `hashInput`, or a function that does the same elsewhere. */
export type HashInput = typeof hashInput;

/**
 * Hashes an input file.
 * @throws CabError input_not_found, input_not_file, input_empty, input_unreadable, input_changed, io_error,
 *   input_too_large (JSON of 2 GiB or more); invalid_json, which names the file, the line and the column;
 *   the signal's reason, while the file is read; path_refused, if the fence does not admit it
 */
export function hashInput(
  path: string,
  format: InputFormat,
  signal?: AbortSignal,
  fence?: PathFence,
): Promise<HashedInput> {
  const isJson = format === 'json' || (format === 'any' && path.toLowerCase().endsWith('.json'));
  return isJson ? hashJsonFile(path, signal, fence) : hashRaw(path, signal, fence);
}

/** Text if it is UTF-8, its byte order mark included. */
export const sentInputOf = (bytes: Buffer): PlainInput =>
  isUtf8(bytes) && bytes.length <= constants.MAX_STRING_LENGTH
    ? { text: bytes.toString() }
    : { bytes };

/** Hashes an input that was sent. Errors are those of `hashInput`, and call the input `name`. */
export function hashSent(sent: SentInput, name: string, format: InputFormat): HashedInput {
  if ('digested' in sent) return ofDigested(sent.digested, format);
  const bytes = 'text' in sent ? encoded(sent.text, name) : sent.bytes;
  const isJson = format === 'json' || (format === 'any' && 'text' in sent);
  const file = { size: bytes.length, fingerprint: '', isSettled: false };
  return isJson
    ? hashJson(bytes, name, file)
    : { source_hash: sha256(bytes), json: false, bytes: null, ...file };
}

/** Hashes an input that was sent in every way that `hashSent` may need later. Takes at least as long as `hashSent`. */
export function digestSent(content: Uint8Array, isText: boolean, name: string): DigestedInput {
  const file = { size: content.length, fingerprint: '', isSettled: false };
  return new DigestedInput({ content, isText, digest: sha256(content), json: jsonHash() });

  function jsonHash(): string | CabError {
    try {
      return hashJson(content, name, file).source_hash;
    } catch (error) {
      if (isCabError(error)) return error;
      throw error;
    }
  }
}

function ofDigested(
  { content, isText, digest, json }: DigestedInput,
  format: InputFormat,
): HashedInput {
  const file = { size: content.length, fingerprint: '', isSettled: false };
  const isJson = format === 'json' || (format === 'any' && isText);
  if (!isJson) return { source_hash: digest, json: false, bytes: null, ...file };
  if (typeof json !== 'string') throw json;
  return { source_hash: json, json: true, bytes: content, ...file };
}

/** UTF-8. @throws CabError invalid_json, if the text cannot be encoded */
export function encoded(text: string, name: string): Uint8Array {
  const surrogate = text.isWellFormed() ? -1 : text.search(/\p{Surrogate}/u);
  if (surrogate >= 0)
    throw new CabError(
      'invalid_json',
      `${name}: half a character (a lone surrogate) at character ${surrogate + 1}`,
    );
  return Buffer.from(text);
}

/** All bytes of an input. Throws as `hashInput`. */
export async function readWhole(path: string): Promise<Buffer> {
  return (await readInputFile(path, (file) => allBytes(file, undefined))).content;
}

async function hashJsonFile(
  path: string,
  signal?: AbortSignal,
  fence?: PathFence,
): Promise<HashedInput> {
  const read = (file: InputFile): Promise<Buffer> => allBytes(file, signal);
  const { content, ...file } = await readInputFile(path, read, fence);
  signal?.throwIfAborted();
  return hashJson(content, path, file);
}

type FileFacts = Pick<HashedInput, 'size' | 'fingerprint' | 'isSettled' | 'place'>;

function hashJson(bytes: Uint8Array, name: string, file: FileFacts): HashedInput {
  if (bytes.every(isWhiteSpace)) throw emptyInput(name);
  return { source_hash: sourceHashOfJson(bytes, name), json: true, bytes, ...file };
}

async function hashRaw(
  path: string,
  signal?: AbortSignal,
  fence?: PathFence,
): Promise<HashedInput> {
  const read = (file: InputFile): Promise<string> => rawHash(file, signal);
  const { content: source_hash, ...file } = await readInputFile(path, read, fence);
  return { source_hash, json: false, bytes: null, ...file };
}

const isWhiteSpace = (code: number): boolean =>
  code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

async function allBytes(
  { path, handle, size }: InputFile,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  if (size > largestJson)
    throw new CabError(
      'input_too_large',
      `${path} has ${size} bytes: 2 GiB are too many to be held in memory`,
      {
        details: { path, size, limit: largestJson },
      },
    );
  const bytes = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  while (filled < size) {
    signal?.throwIfAborted();
    const most = Math.min(size - filled, largestPiece);
    const { bytesRead } = await handle.read(bytes, filled, most);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** Bytes. */
const largestJson = 2 ** 31 - 1;
/** Bytes. The signal is checked between two reads. */
const largestPiece = 1 << 26;

/** Reads no further than the size at the start: otherwise it would never end for a file that grows forever. */
async function rawHash(
  { path, handle, size }: InputFile,
  signal: AbortSignal | undefined,
): Promise<string> {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafeSlow(Math.min(Math.max(size, 1), pieceSize));
  // Files of /proc report the size 0 and still have content.
  if (size === 0 && (await handle.read(piece, 0, 1)).bytesRead > 0) throw withoutSize(path);
  for (let left = size; left > 0;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(piece, 0, Math.min(left, piece.length));
    if (bytesRead === 0) break;
    hash.update(piece.subarray(0, bytesRead));
    left -= bytesRead;
  }
  return hash.digest('hex');
}

/** Bytes. */
const pieceSize = 1 << 20;
