import { createHash } from 'node:crypto';
import { CabError } from '../errors.ts';
import { sourceHashOfJson } from './canonical-json.ts';
import { emptyInput, readInputFile, type InputFile } from './input-file.ts';

/**
 * What an input may be: `json`, where the runner reads nothing else; or `any`, where a file named `*.json`
 * is JSON all the same, and every other file is hashed as its raw bytes.
 */
export type InputFormat = 'json' | 'any';

export interface HashedInput {
  /** SHA-256, hex: of the canonical form of JSON, of the bytes of anything else. */
  readonly source_hash: string;
  readonly json: boolean;
  /** The bytes of JSON, just as hashed; null for a raw file, which is never held in memory. */
  readonly bytes: Uint8Array | null;
  /** Bytes. */
  readonly size: number;
  /** As `fingerprintOf` the open file, the same before and after it was read. */
  readonly fingerprint: string;
}

/**
 * Hashes an input file.
 * @throws CabError input_not_found, input_not_file, input_empty, input_unreadable, input_changed, io_error,
 *   input_too_large (JSON of 2 GiB or more); invalid_json, which names the file, the line and the column;
 *   the signal's reason, while the file is read
 */
export function hashInput(
  path: string,
  format: InputFormat,
  signal?: AbortSignal,
): Promise<HashedInput> {
  const isJson = format === 'json' || path.toLowerCase().endsWith('.json');
  return isJson ? hashJsonFile(path, signal) : hashRaw(path, signal);
}

/** Hashes JSON that was sent as text. `name` stands for it in errors, which are those of `hashInput`. */
export function hashText(text: string, name: string): HashedInput {
  const surrogate = text.isWellFormed() ? -1 : text.search(/\p{Surrogate}/u);
  if (surrogate >= 0)
    throw new CabError(
      'invalid_json',
      `${name}: half a character (a lone surrogate) at character ${surrogate + 1}`,
    );
  return hashJson(Buffer.from(text), name, '');
}

async function hashJsonFile(path: string, signal?: AbortSignal): Promise<HashedInput> {
  const { content, fingerprint } = await readInputFile(path, (file) => allBytes(file, signal));
  signal?.throwIfAborted();
  return hashJson(content, path, fingerprint);
}

function hashJson(bytes: Uint8Array, name: string, fingerprint: string): HashedInput {
  if (bytes.every(isWhiteSpace)) throw emptyInput(name);
  return {
    source_hash: sourceHashOfJson(bytes, name),
    json: true,
    bytes,
    size: bytes.length,
    fingerprint,
  };
}

async function hashRaw(path: string, signal?: AbortSignal): Promise<HashedInput> {
  const read = (file: InputFile): Promise<string> => rawHash(file, signal);
  const { content: source_hash, size, fingerprint } = await readInputFile(path, read);
  return { source_hash, json: false, bytes: null, size, fingerprint };
}

const isWhiteSpace = (code: number): boolean =>
  code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

async function allBytes(
  { path, handle, size }: InputFile,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (size > largestJson)
    throw new CabError('input_too_large', `${path} is JSON of ${size} bytes: 2 GiB are too many`, {
      details: { path, size, limit: largestJson },
    });
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
/** Bytes: each read ends before the next look at the signal. */
const largestPiece = 1 << 26;

/** Reads no further than the size at the start, or a file that grows for ever would be read for ever. */
async function rawHash(
  { handle, size }: InputFile,
  signal: AbortSignal | undefined,
): Promise<string> {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafeSlow(Math.min(size, pieceSize));
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
