import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { sha256 } from '../../../core/hashing/digest.ts';
import { rootError } from '../../../support/files/io-error.ts';
import type { RequestBody } from './bucket-connection.ts';

export const bytesBody = (bytes: Uint8Array): RequestBody => ({
  size: bytes.length,
  sha256: sha256(bytes),
  open: () => bytes,
});

/** @param sha256 as it is known: the file is read once */
export const fileBody = (path: string, size: number, digest: string): RequestBody => ({
  size,
  sha256: digest,
  open: () => Readable.from(piecesOf(path), { objectMode: false }),
});

/** What the disk refuses must not be taken for a lost connection. */
async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 1 << 18 });
  } catch (error) {
    throw rootError(error, `reading ${path}`);
  }
}
