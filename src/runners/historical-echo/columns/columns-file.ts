import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  lstatSync,
  openSync,
  readSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';
import { sha256 } from '../../../core/hashing/digest.ts';
import { BoundedCache } from '../../../support/bounded-cache.ts';
import { type ColumnsIndex, decodeIndex, headerBytes, indexBytes } from './image.ts';

/** Thrown if bytes do not match the index. Then the file cannot be used. */
export class ColumnsDamaged extends Error {}

/** Parts of blocks, by file and offset, because a daemon probes the same regions again and again. */
export type BlocksRead = BoundedCache<Uint8Array>;

export const newBlocksRead = (): BlocksRead =>
  new BoundedCache({ capacity: 64 << 20, weigh: ({ length }) => length + 200 });

/** An open file of columns. It stays readable after its name is removed. */
export class ColumnsFile {
  readonly path: string;
  readonly index: ColumnsIndex;
  readonly #descriptor: number;

  readonly #read: BlocksRead;

  private constructor(path: string, index: ColumnsIndex, descriptor: number, read: BlocksRead) {
    this.path = path;
    this.index = index;
    this.#descriptor = descriptor;
    this.#read = read;
  }

  /**
   * Undefined if there is no file, or if it cannot be trusted: a link, another user's file, a damaged one, or
   * one of another spine.
   */
  static open(path: string, name: string, read: BlocksRead): ColumnsFile | undefined {
    const descriptor = opened(path);
    if (descriptor === undefined) return undefined;
    let index: ColumnsIndex | undefined;
    try {
      index = indexIn(descriptor, name);
    } finally {
      if (index === undefined) closeSync(descriptor);
    }
    return index && new ColumnsFile(path, index, descriptor, read);
  }

  /** @throws ColumnsDamaged */
  read(offset: number, length: number, digest: string): Uint8Array {
    const name = `${this.index.meta.name} ${offset}`;
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const bytes = bytesAt(this.#descriptor, offset, length);
    if (sha256(bytes) !== digest) throw new ColumnsDamaged(`${this.path}: a block is damaged`);
    this.#read.set(name, bytes);
    return bytes;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function opened(path: string): number | undefined {
  try {
    if (!isOwn(lstatSync(dirname(path)), 'isDirectory')) return undefined;
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    // Whatever the reason, the database can be read instead.
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

function indexIn(descriptor: number, name: string): ColumnsIndex | undefined {
  const stats = fstatSync(descriptor);
  if (!isOwn(stats, 'isFile')) return undefined;
  try {
    const size = indexBytes(bytesAt(descriptor, 0, headerBytes), stats.size);
    const index = size === undefined ? undefined : decodeIndex(bytesAt(descriptor, 0, size));
    if (index?.meta.name !== name) return undefined;
    noteUse(descriptor);
    return index;
  } catch (error) {
    if (error instanceof ColumnsDamaged) return undefined;
    throw error;
  }
}

interface Owned {
  readonly uid: number;
  readonly mode: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/**
 * Whether no other user may have written it. In a directory that is open to others, their files show another owner.
 */
export const isOwn = (stats: Owned, kind: 'isFile' | 'isDirectory'): boolean =>
  stats[kind]() &&
  (process.geteuid === undefined || stats.uid === process.geteuid()) &&
  (kind === 'isDirectory' || (stats.mode & 0o022) === 0);

/** Sets the mtime to the last use, because garbage collection removes the files with the oldest mtime. */
function noteUse(descriptor: number): void {
  try {
    futimesSync(descriptor, new Date(), new Date());
  } catch (error) {
    // On a read-only file system the file may look older than its last use.
    if (errnoOf(error) === undefined) throw error;
  }
}

function bytesAt(descriptor: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  try {
    for (let at = 0; at < length;) {
      const read = readSync(descriptor, bytes, at, length - at, offset + at);
      if (read === 0) throw new ColumnsDamaged('a file of columns ends too early');
      at += read;
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw new ColumnsDamaged(`a file of columns cannot be read: ${errnoOf(error) ?? ''}`);
  }
  return bytes;
}
