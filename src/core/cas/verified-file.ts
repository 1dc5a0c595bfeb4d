/**
 * Files whose bytes were checked. A digest holds for as long as device, inode, size, mtime and ctime of the
 * file stay what they were before and after it was read; whoever changes bytes in place changes ctime.
 */
import { createHash } from 'node:crypto';
import { constants, createReadStream, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CabError, errnoOf } from '../errors.ts';
import { fingerprintOf } from '../hashing/fingerprint.ts';

/** Digests known to this process, the longest known dropped first. */
export class DigestCache {
  readonly #known = new Map<string, { fingerprint: string; sha256: string }>();
  readonly #capacity: number;

  constructor(capacity = 100_000) {
    this.#capacity = capacity;
  }

  get(path: string, fingerprint: string): string | undefined {
    const known = this.#known.get(path);
    return known?.fingerprint === fingerprint ? known.sha256 : undefined;
  }

  set(path: string, fingerprint: string, sha256: string): void {
    this.#known.delete(path);
    this.#known.set(path, { fingerprint, sha256 });
    if (this.#known.size <= this.#capacity) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}

/** An open file and the digest of the bytes that its descriptor gives. */
export interface VerifiedFile {
  readonly handle: FileHandle;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  /** As it stood when its digest was known. */
  readonly stats: BigIntStats;
  /** All bytes, where the file is small and was just read. */
  readonly bytes: Buffer | null;
}

/** Files up to this size are served from the very memory that was hashed. */
const smallFile = 1 << 20;
const chunkSize = 1 << 20;
/** Of a file that is streamed. A quarter of it costs half as much again in time; twice of it, only memory. */
const pieceSize = 1 << 19;

/** The caller closes `handle`. Throws not_found; hash_mismatch where the file would not hold still. */
export async function openVerified(path: string, cache: DigestCache): Promise<VerifiedFile> {
  const handle = await openRegular(path);
  try {
    const before = await handle.stat({ bigint: true });
    if (!before.isFile()) throw new CabError('not_found', `${path} is not a regular file`);
    const fingerprint = fingerprintOf(before);
    const size = Number(before.size);
    const known = cache.get(path, fingerprint);
    if (known !== undefined && size > smallFile)
      return { handle, size, sha256: known, stats: before, bytes: null };
    const bytes = size <= smallFile ? await readWhole(handle, size) : null;
    const sha256 = known ?? (await digestOf(handle, bytes));
    if (fingerprintOf(await handle.stat({ bigint: true })) !== fingerprint) {
      throw new CabError('hash_mismatch', `${path} was changed while it was read`, {
        details: { file: path },
      });
    }
    cache.set(path, fingerprint, sha256);
    return { handle, size, sha256, stats: before, bytes };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Reads [start, end); closes the handle at the end, also when the reader leaves early. */
export function streamOf(file: VerifiedFile, start: number, end: number): Readable {
  if (file.bytes !== null || end <= start) {
    const piece = file.bytes?.subarray(start, end) ?? Buffer.alloc(0);
    return closing(
      Readable.from(piece.length === 0 ? [] : [piece], { objectMode: false }),
      file.handle,
    );
  }
  return createReadStream('', { fd: file.handle, start, end: end - 1, highWaterMark: pieceSize });
}

function closing(stream: Readable, handle: FileHandle): Readable {
  stream.once('close', () => void handle.close());
  return stream;
}

async function openRegular(path: string): Promise<FileHandle> {
  try {
    // O_NONBLOCK: a FIFO in the place of a file must not hold the caller.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
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

async function digestOf(handle: FileHandle, bytes: Buffer | null): Promise<string> {
  const hash = createHash('sha256');
  if (bytes !== null) return hash.update(bytes).digest('hex');
  const chunk = Buffer.allocUnsafe(chunkSize);
  for (let position = 0; ;) {
    const { bytesRead } = await handle.read(chunk, 0, chunkSize, position);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
  }
}
