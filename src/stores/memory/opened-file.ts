import { Readable } from 'node:stream';
import { checkedBytes, lastAfter } from '../../core/hashing/checked-bytes.ts';
import { sha256 } from '../../core/hashing/digest.ts';
import { contentTypeOf } from '../../core/model/entry/content-type.ts';
import { CabError } from '../../core/model/errors.ts';
import { filesOf } from '../../core/model/entry/manifest.ts';
import type { FoundEntry, OpenedFile } from '../../core/ports/entry-store.ts';

/** A file of a stored entry, with its digest checked. @throws CabError hash_mismatch */
export async function openedFile(
  name: string,
  bytes: Buffer,
  digest: string,
  { artifact, manifest, manifestName }: FoundEntry,
): Promise<OpenedFile> {
  const refusal = (actual: string): CabError =>
    new CabError('hash_mismatch', `${name}: the bytes do not match the manifest`, {
      details: { file: name, expected: digest, actual },
    });
  const check = (): void => {
    const actual = sha256(bytes);
    if (actual !== digest) throw refusal(actual);
  };
  check();
  const listed = filesOf(manifest, artifact).find(({ path }) => path === name);
  return {
    name,
    path: null,
    size: bytes.length,
    etag: digest,
    contentType:
      name === manifestName
        ? 'application/json'
        : (listed?.content_type ?? (await contentTypeOf(name))),
    stream: ({ start, end } = { start: 0, end: bytes.length }) => {
      const pieces = piecesOf(bytes, start, end);
      const isWhole = start === 0 && end === bytes.length;
      const checked = isWhole ? checkedBytes(pieces, digest, refusal) : lastAfter(pieces, check);
      return Readable.from(checked, { objectMode: false });
    },
    close: () => Promise.resolve(),
  };
}

/** Yields copies, so that a reader's bytes do not change later. */
async function* piecesOf(bytes: Buffer, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; at += pieceSize)
    yield Buffer.from(bytes.subarray(at, Math.min(end, at + pieceSize)));
}

/** Bytes. */
const pieceSize = 1 << 19;
