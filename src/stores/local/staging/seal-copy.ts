/**
 * Copies files that a runner left. Every published file is a copy, so that no descriptor of a runner, nor of a
 * process that it left running, can still write it. The digest is computed from the bytes that were copied. A copy
 * also avoids problems of the runner's own file: its permissions, its owner, or other hard links to it.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  writeFileSync,
  type BigIntStats,
} from 'node:fs';
import { copyFile, open, rm, type FileHandle } from 'node:fs/promises';
import { errnoOf } from '../../../core/model/errors.ts';
import type { CopiedFrom } from '../../../core/ports/made-entry.ts';
import { sha256, sha256File } from '../../../core/hashing/digest.ts';
import { fingerprintOf } from '../../../core/hashing/fingerprint.ts';
import { isUntouched } from '../../../core/hashing/untouched.ts';
import { readAtOnce } from '../../../support/files/read-regular.ts';

export interface SealedCopy {
  /** Digest of the copy. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** `x` if the original is executable. It is for the manifest: the copy itself is not executable. */
  readonly mode: 'x' | undefined;
  readonly from: CopiedFrom;
}

/**
 * Copies a regular file to a new path. Undefined if it is not a regular file, or if it changed meanwhile.
 * Throws system errors and the signal's reason.
 */
export async function sealedCopy(
  path: string,
  place: string,
  signal: AbortSignal,
): Promise<SealedCopy | undefined> {
  const seen = await whileOpen(path, (descriptor, before) =>
    before.size <= readAtOnce
      ? copySmall(descriptor, place)
      : copyLarge(path, place, before, signal),
  );
  return seen && { ...seen.copied, ...seen.origin };
}

/** As `sealedCopy`, into memory. `too large` if the file has more than `most` bytes. Throws system errors. */
export async function sealedBytes(
  path: string,
  most: number,
): Promise<(SealedCopy & { readonly bytes: Uint8Array }) | 'too large' | undefined> {
  const seen = await whileOpen(path, (descriptor, { size }) =>
    size > most ? undefined : readFileSync(descriptor),
  );
  if (seen === undefined) return undefined;
  const { copied: bytes, origin } = seen;
  if (bytes === undefined) return 'too large';
  return { sha256: sha256(bytes), size: bytes.length, bytes, ...origin };
}

type Copied = Omit<SealedCopy, 'from' | 'mode'>;

interface Seen<T> {
  readonly copied: T;
  readonly origin: Pick<SealedCopy, 'from' | 'mode'>;
}

/** Undefined if it is not a regular file, or if it changed meanwhile. */
async function whileOpen<T>(
  path: string,
  copy: (descriptor: number, before: BigIntStats) => T | Promise<T>,
): Promise<Seen<T> | undefined> {
  const descriptor = openedToRead(path);
  let origin: Seen<T>['origin'];
  let copied: T;
  try {
    const before = fstatSync(descriptor, { bigint: true });
    if (!before.isFile()) return undefined;
    const mode = (before.mode & 0o100n) === 0n ? undefined : 'x';
    origin = { from: { path, fingerprint: fingerprintOf(before) }, mode };
    copied = await copy(descriptor, before);
  } finally {
    closeSync(descriptor);
  }
  return isUntouched(origin.from) ? { copied, origin } : undefined;
}

function openedToRead(path: string): number {
  try {
    return openSync(path, readFlags);
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error;
    chmodSync(path, 0o600);
    return openSync(path, readFlags);
  }
}

/** Follows no link, and does not wait for the writer of a named pipe. */
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function copySmall(descriptor: number, place: string): Copied {
  const bytes = readFileSync(descriptor);
  writeFileSync(place, bytes, { flag: 'wx', mode: 0o600 });
  return { sha256: sha256(bytes), size: bytes.length };
}

async function copyLarge(
  path: string,
  place: string,
  before: BigIntStats,
  signal: AbortSignal,
): Promise<Copied> {
  const size = Number(before.size);
  if (await cloned(path, place, before.dev))
    return { sha256: await sha256File(place, signal), size };
  const source = await open(path, readFlags);
  try {
    const target = await open(place, 'wx', 0o600);
    try {
      return { sha256: await copyPieces(source, target, size, signal), size };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Devices whose file systems cannot share blocks between files. */
const cloneless = new Set<bigint>();

/** Takes neither time nor space if the file system can share blocks (btrfs, XFS). */
async function cloned(path: string, place: string, device: bigint): Promise<boolean> {
  if (cloneless.has(device)) return false;
  try {
    await copyFile(path, place, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (!cannotClone.has(errnoOf(error) ?? '')) throw error;
    await rm(place, { force: true });
    cloneless.add(device);
    return false;
  }
}

const cannotClone: ReadonlySet<string> = new Set(
  ['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'ENOTTY', 'EINVAL', 'EXDEV'].concat('EPERM', 'EACCES'),
);

/** Copies no more than the size at the start, because a growing file would never end. Gives the digest. */
async function copyPieces(
  source: FileHandle,
  target: FileHandle,
  size: number,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafeSlow(Math.min(size, pieceSize));
  for (let at = 0; at < size;) {
    signal.throwIfAborted();
    const { bytesRead } = await source.read(piece, 0, Math.min(piece.length, size - at), at);
    if (bytesRead === 0) break;
    const bytes = piece.subarray(0, bytesRead);
    const written = target.writeFile(bytes);
    hash.update(bytes);
    await written;
    at += bytesRead;
  }
  return hash.digest('hex');
}

/** Bytes. */
const pieceSize = 1 << 20;
