/** Reads a file through one buffer of its thread, and hashes it on the way. */
import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/** Counts what was read while it is read, and tells when to stop. */
export interface Meter {
  add(bytes: number): void;
  /** Throws where nobody wants to know any more. */
  throwIfStopped(): void;
}

export interface ReadFile {
  readonly state: 'read' | 'moving' | 'not a file';
  /** Bytes. */
  readonly size: number;
  /** SHA-256, hex; null where the content was not read. */
  readonly sha256: string | null;
  /** The content of a small file that was read, until the next call. */
  readonly bytes: Buffer | null;
}

/** For files that nobody waits for long. */
export const unmetered: Meter = { add: () => undefined, throwIfStopped: () => undefined };

const buffer = Buffer.allocUnsafeSlow(1 << 20);

/** What a processor keeps near while it hashes. Bytes. */
const chunkSize = 1 << 18;

/** Never follows a link, never waits for the other end of a FIFO. Throws the system's error. */
export function readChecked(path: string, content: boolean, meter: Meter): ReadFile {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const descriptor = openSync(path, flags);
  try {
    const before = fstatSync(descriptor);
    if (!before.isFile()) return { state: 'not a file', size: 0, sha256: null, bytes: null };
    if (!content) return { state: 'read', size: before.size, sha256: null, bytes: null };
    // Once more where it moved: a change that has ended leaves a file that holds still.
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

/** Undefined where the file was changed meanwhile. */
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

/** From the beginning; a read may give less than there is. What a file has grown by, its size tells afterwards. */
function fill(descriptor: number, wanted: number): number {
  let length = 0;
  while (length < wanted) {
    const got = readSync(descriptor, buffer, length, wanted - length, length);
    if (got === 0) break;
    length += got;
  }
  return length;
}
