/** Reads a file through one buffer of its thread, and hashes it on the way. */
import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/** Counts the bytes while a file is read, and stops the read on request. */
export interface Meter {
  add(bytes: number): void;
  /** Throws if the reader is to stop. */
  throwIfStopped(): void;
}

export interface ReadFile {
  readonly state: 'read' | 'moving' | 'not a file';
  /** Bytes. */
  readonly size: number;
  /** SHA-256, hex; null if the content was not read. */
  readonly sha256: string | null;
  /** The content, if the file is small and was read. It is valid until the next call. */
  readonly bytes: Buffer | null;
}

/** For small reads that need neither a count nor a stop. */
export const unmetered: Meter = { add: () => undefined, throwIfStopped: () => undefined };

const buffer = Buffer.allocUnsafeSlow(1 << 20);

/** Bytes. A piece of this size stays in the processor's cache while it is hashed. */
const chunkSize = 1 << 18;

/** Never follows a link, and never waits for the other end of a FIFO. Throws the system's error. */
export function readChecked(path: string, content: boolean, meter: Meter): ReadFile {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const descriptor = openSync(path, flags);
  try {
    const before = fstatSync(descriptor);
    if (!before.isFile()) return { state: 'not a file', size: 0, sha256: null, bytes: null };
    if (!content) return { state: 'read', size: before.size, sha256: null, bytes: null };
    // If the file changed while it was read, it is read once more: the change may have ended.
    return (
      held(descriptor, before, meter) ??
      held(descriptor, fstatSync(descriptor), meter) ?? {
        state: 'moving',
        size: before.size,
        sha256: null,
        bytes: null,
      }
    );
  } finally {
    closeSync(descriptor);
  }
}

/** Undefined if the file changed while it was read. */
function held(descriptor: number, before: Stats, meter: Meter): ReadFile | undefined {
  const { size, sha256, bytes } = digestOf(descriptor, before.size, meter);
  const after = fstatSync(descriptor);
  return after.size === size &&
    after.size === before.size &&
    after.mtimeMs === before.mtimeMs &&
    after.ctimeMs === before.ctimeMs
    ? { state: 'read', size, sha256, bytes }
    : undefined;
}

function digestOf(descriptor: number, expected: number, meter: Meter) {
  if (expected <= buffer.length) {
    const bytes = buffer.subarray(0, fill(descriptor, expected));
    meter.add(bytes.length);
    return { size: bytes.length, sha256: hash('sha256', bytes, 'hex'), bytes };
  }
  const running = createHash('sha256');
  for (let size = 0; ;) {
    meter.throwIfStopped();
    const length = readSync(descriptor, buffer, 0, chunkSize, size);
    if (length === 0) return { size, sha256: running.digest('hex'), bytes: null };
    running.update(buffer.subarray(0, length));
    size += length;
    meter.add(length);
  }
}

/**
 * Reads from the beginning, in a loop, because one read may give fewer bytes than are there. If the file grew, its
 * size shows it afterwards.
 */
function fill(descriptor: number, wanted: number): number {
  let length = 0;
  while (length < wanted) {
    const got = readSync(descriptor, buffer, length, wanted - length, length);
    if (got === 0) break;
    length += got;
  }
  return length;
}
