/**
 * Opens files whose bytes were checked. A remembered digest is valid as long as device, inode, size, mtime and ctime
 * of the file are the same as before and after it was read. It is what cab announces for a large file before the file
 * is read. The bytes that are handed out are hashed themselves: bytes in memory before the first is handed out, a
 * stream before the last.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { BoundedCache } from '../../support/bounded-cache.ts';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { checkedBytes, lastAfter } from '../../core/hashing/checked-bytes.ts';
import { sha256 } from '../../core/hashing/digest.ts';
import { fingerprintOf } from '../../core/hashing/fingerprint.ts';
import { readAtOnce } from '../../support/files/read-regular.ts';

/** Digests of large files that this process knows, by path. */
export class DigestCache {
  readonly #known = new BoundedCache<{ fingerprint: string; sha256: string }>({
    capacity: 4 << 20,
    // Both strings, the path twice, and the objects that hold them.
    weigh: ({ fingerprint }, path) => 2 * path.length + fingerprint.length + 400,
  });

  get(path: string, fingerprint: string): string | undefined {
    const known = this.#known.get(path);
    return known?.fingerprint === fingerprint ? known.sha256 : undefined;
  }

  drop(path: string): void {
    this.#known.delete(path);
  }

  set(path: string, fingerprint: string, sha256: string): void {
    this.#known.set(path, { fingerprint, sha256 });
  }
}

/** A file and the digest of its bytes, which are in `bytes` or are read from `handle`. */
export interface VerifiedFile {
  /** Null if `bytes` holds the whole content. */
  readonly handle: FileHandle | null;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  /** Its `stat` when the digest was computed or looked up. */
  readonly stats: BigIntStats;
  /** All bytes, if the file is small and was just read. */
  readonly bytes: Buffer | null;
}

/** Bytes. Files up to this size are served from the memory that was hashed. */
const smallFile = 1 << 20;
const chunkSize = 1 << 20;
/**
 * Bytes read at a time from a streamed file. A quarter of this takes half as much time again; twice as much only
 * takes memory.
 */
const pieceSize = 1 << 19;

/** The caller closes `handle`. Throws not_found, and hash_mismatch if the file changed while it was read. */
export async function openVerified(
  path: string,
  cache: DigestCache,
  signal?: AbortSignal,
): Promise<VerifiedFile> {
  return readVerified(path) ?? openLarge(path, cache, signal);
}

/** Undefined if the file is too large to be read at once. */
function readVerified(path: string): VerifiedFile | undefined {
  const descriptor = opened(path);
  try {
    const before = fstatSync(descriptor, { bigint: true });
    refuseOthers(path, before);
    if (before.size > readAtOnce) return undefined;
    const fingerprint = fingerprintOf(before);
    const bytes = readFileSync(descriptor);
    const digest = sha256(bytes);
    refuseChanged(path, fingerprint, fstatSync(descriptor, { bigint: true }));
    return { handle: null, size: bytes.length, sha256: digest, stats: before, bytes };
  } finally {
    closeSync(descriptor);
  }
}

async function openLarge(
  path: string,
  cache: DigestCache,
  signal?: AbortSignal,
): Promise<VerifiedFile> {
  const handle = await open(path, flags).catch((error: unknown) => refuse(path, error));
  try {
    const before = await handle.stat({ bigint: true });
    refuseOthers(path, before);
    const fingerprint = fingerprintOf(before);
    const size = Number(before.size);
    const known = size > smallFile ? cache.get(path, fingerprint) : undefined;
    if (known !== undefined) return { handle, size, sha256: known, stats: before, bytes: null };
    const bytes = size <= smallFile ? await readWhole(handle, size) : null;
    const sha256 = await digestOf(handle, bytes, signal);
    refuseChanged(path, fingerprint, await handle.stat({ bigint: true }));
    if (bytes === null) cache.set(path, fingerprint, sha256);
    return { handle, size, sha256, stats: before, bytes };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Streams the bytes [start, end). Closes the handle at the end, also if the reader leaves early. The last piece is
 * given only if the file is unchanged: by its digest if all of it was read, else by its `stat`. Otherwise the stream
 * calls `onChanged` and fails with hash_mismatch.
 */
export function streamOf(
  file: VerifiedFile,
  path: string,
  { start, end }: { start: number; end: number },
  onChanged: () => void,
): Readable {
  const { handle } = file;
  if (file.bytes !== null || end <= start) {
    const piece = file.bytes?.subarray(start, end) ?? Buffer.alloc(0);
    const stream = Readable.from(piece.length === 0 ? [] : [piece], { objectMode: false });
    return stream.once('close', () => void handle?.close());
  }
  if (handle === null) throw new TypeError('a file without its bytes and without a descriptor');
  const changed = (details = {}): CabError => {
    onChanged();
    return new CabError('hash_mismatch', `${path} was changed while it was read`, {
      details: { file: path, ...details },
    });
  };
  const pieces = piecesOf(handle, start, end);
  const checked =
    start === 0 && end === file.size
      ? checkedBytes(pieces, file.sha256, (actual) => changed({ expected: file.sha256, actual }))
      : lastAfter(pieces, async () => {
          const now = fingerprintOf(await handle.stat({ bigint: true }));
          if (now !== fingerprintOf(file.stats)) throw changed();
        });
  const stream = Readable.from(checked, { objectMode: false });
  return stream.once('close', () => void handle.close());
}

/** Ends early if the file does. Reads the next piece while the current one is used. */
async function* piecesOf(handle: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  const read = async (at: number): Promise<Buffer> => {
    const piece = Buffer.allocUnsafeSlow(Math.min(pieceSize, end - at));
    const { bytesRead } = await handle.read(piece, 0, piece.length, at);
    return piece.subarray(0, bytesRead);
  };
  let next = read(start);
  for (let at = start; at < end;) {
    const piece = await next;
    if (piece.length === 0) return;
    at += piece.length;
    if (at < end) {
      next = read(at);
      // If the reader leaves, nobody awaits this read.
      next.catch(() => undefined);
    }
    yield piece;
  }
}

/** O_NONBLOCK: a FIFO in place of a file must not block the caller. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function opened(path: string): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    return refuse(path, error);
  }
}

function refuseOthers(path: string, stats: BigIntStats): void {
  if (!stats.isFile()) throw new CabError('not_found', `${path} is not a regular file`);
}

function refuseChanged(path: string, before: string, now: BigIntStats): void {
  if (fingerprintOf(now) === before) return;
  throw new CabError('hash_mismatch', `${path} was changed while it was read`, {
    details: { file: path },
  });
}

function refuse(path: string, error: unknown): never {
  const errno = errnoOf(error);
  if (errno === 'ENOENT' || errno === 'ENOTDIR')
    throw new CabError('not_found', `${path} is not there`, { cause: error });
  if (errno === 'ELOOP')
    throw new CabError('not_found', `${path} is a link; links are not followed`, {
      cause: error,
    });
  throw new CabError('store_unreadable', `${path} cannot be read (${errno ?? 'unknown'})`, {
    cause: error,
  });
}

async function readWhole(handle: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

async function digestOf(
  handle: FileHandle,
  bytes: Buffer | null,
  signal: AbortSignal | undefined,
): Promise<string> {
  const hash = createHash('sha256');
  if (bytes !== null) return hash.update(bytes).digest('hex');
  const chunk = Buffer.allocUnsafe(chunkSize);
  for (let position = 0; ;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(chunk, 0, chunkSize, position);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
  }
}
