/**
 * A file of columns: the data of a spine that probes need, so that a probe reads a few of its blocks and no database.
 *
 *   header   magic, byte order, format, bytes of the file, rows, sizes, mean and deviation of each axis, SHA-256
 *            of the index (including the header before it)
 *   index    for each block: its bounds on each axis as z-scores, its offset, its sizes, the SHA-256 of both parts;
 *            then a text (JSON): the file's own name, counts, tiers with their numbers of blocks
 *   blocks   songs that lie near each other. Part one: axes (doubles, four a song), place of each song in its tier.
 *            Part two: where each song's words end, years, sources, words (UTF-8)
 *
 * Numbers are stored as in memory, in the byte order of the machine. The digest of the index covers the digests of
 * all blocks, so only the parts that are read are checked. The file is written under another name and renamed,
 * without a flush: a file that a power loss damaged has other digests, and is made again.
 */
import * as z from 'zod/mini';
import { sha256 } from '../../../core/hashing/digest.ts';
import { tierLabels } from '../artifact/tiers.ts';

/** Must change whenever the bytes of a file change, or the rows that are read into it. */
export const format = 1;

const magic = 'CABCOLS\n';
const byteOrder = 0x01020304;
export const headerBytes = 136;
const digestAt = 104;

/**
 * Doubles of a block in the index: lowest score of each axis, highest, offset, bytes of part one, of part two, songs.
 */
const blockDoubles = 12;
const digestsOfBlock = 64;

const metaSchema = z.strictObject({
  name: z.string(),
  totalRows: z.int(),
  skippedNonNumeric: z.int(),
  tiers: z.array(z.strictObject({ label: z.enum(tierLabels), blocks: z.int() })),
});

export type ColumnsMeta = z.infer<typeof metaSchema>;

export interface BlockEntry {
  /** Scores: the lowest of each axis, then the highest. */
  readonly box: Float64Array;
  readonly offset: number;
  readonly songs: number;
  readonly axesBytes: number;
  readonly wordsBytes: number;
  /** SHA-256 of part one and of part two, hex. */
  readonly digests: readonly [string, string];
}

export interface ColumnsIndex {
  readonly meta: ColumnsMeta;
  readonly means: readonly number[];
  readonly deviations: readonly number[];
  readonly blocks: readonly BlockEntry[];
}

/** Encodes the header and the index. The offsets of `blocks` count from the end of the index. */
export function encodeIndex(index: ColumnsIndex): Uint8Array {
  const { blocks, meta } = index;
  const text = Buffer.from(JSON.stringify(meta));
  const tableBytes = blocks.length * (blockDoubles * 8 + digestsOfBlock);
  const size = padded(headerBytes + tableBytes + text.length);
  const bytes = new Uint8Array(size);
  const table = new Float64Array(bytes.buffer, headerBytes, blocks.length * blockDoubles);
  let end = size;
  blocks.forEach(({ box, offset, songs, axesBytes, wordsBytes, digests }, at) => {
    table.set([...box, size + offset, axesBytes, wordsBytes, songs], at * blockDoubles);
    const place = headerBytes + table.byteLength + at * digestsOfBlock;
    bytes.set(Buffer.from(digests.join(''), 'hex'), place);
    end = size + offset + axesBytes + wordsBytes;
  });
  bytes.set(text, headerBytes + tableBytes);
  bytes.set(Buffer.from(magic, 'latin1'));
  new Uint32Array(bytes.buffer, 8, 2).set([byteOrder, format]);
  new Float64Array(bytes.buffer, 16, 2).set([end, meta.totalRows]);
  new Uint32Array(bytes.buffer, 32, 2).set([text.length, blocks.length]);
  new Float64Array(bytes.buffer, 40, 8).set([...index.means, ...index.deviations]);
  bytes.set(Buffer.from(digestOf(bytes), 'hex'), digestAt);
  return bytes;
}

/**
 * The bytes of header and index, read from the header. Undefined if the header is not cab's, or the
 * file has another size.
 */
export function indexBytes(header: Uint8Array, fileBytes: number): number | undefined {
  if (header.length < headerBytes) return undefined;
  if (Buffer.from(header.subarray(0, 8)).toString('latin1') !== magic) return undefined;
  const [order, version] = new Uint32Array(header.buffer, 8, 2);
  if (order !== byteOrder || version !== format) return undefined;
  if (new Float64Array(header.buffer, 16, 1)[0] !== fileBytes) return undefined;
  const [text = 0, blocks = 0] = new Uint32Array(header.buffer, 32, 2);
  const size = padded(headerBytes + blocks * (blockDoubles * 8 + digestsOfBlock) + text);
  return size <= fileBytes ? size : undefined;
}

/** Undefined if the digest does not match. `bytes` has the length that `indexBytes` gives. */
export function decodeIndex(bytes: Uint8Array): ColumnsIndex | undefined {
  const said = Buffer.from(bytes.subarray(digestAt, headerBytes)).toString('hex');
  if (digestOf(bytes) !== said) return undefined;
  const [text = 0, count = 0] = new Uint32Array(bytes.buffer, 32, 2);
  const table = new Float64Array(bytes.buffer, headerBytes, count * blockDoubles);
  const digestsAt = headerBytes + table.byteLength;
  const hex = Buffer.from(bytes.buffer, digestsAt, count * digestsOfBlock).toString('hex');
  const metaAt = digestsAt + count * digestsOfBlock;
  const meta: unknown = JSON.parse(Buffer.from(bytes.buffer, metaAt, text).toString());
  const numbers = [...new Float64Array(bytes.buffer, 40, 8)];
  const blocks = Array.from({ length: count }, (_, at): BlockEntry => {
    const [offset = 0, axesBytes = 0, wordsBytes = 0, songs = 0] = table.subarray(
      at * blockDoubles + 8,
      (at + 1) * blockDoubles,
    );
    const box = table.subarray(at * blockDoubles, at * blockDoubles + 8);
    const digest = (part: number): string =>
      hex.slice(at * 128 + part * 64, at * 128 + part * 64 + 64);
    return { box, offset, songs, axesBytes, wordsBytes, digests: [digest(0), digest(1)] };
  });
  return {
    meta: metaSchema.parse(meta),
    means: numbers.slice(0, 4),
    deviations: numbers.slice(4),
    blocks,
  };
}

/** The digest of everything except the digest itself. */
const digestOf = (bytes: Uint8Array): string =>
  sha256(sha256(bytes.subarray(0, digestAt)) + sha256(bytes.subarray(headerBytes)));

/** Doubles begin at multiples of eight. */
export const padded = (size: number): number => Math.ceil(size / 8) * 8;
