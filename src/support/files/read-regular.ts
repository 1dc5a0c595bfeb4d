import { closeSync, constants, fstatSync, openSync, readFile, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** For `open`: a FIFO in the place of a file must not block the caller. The caller checks what it opened. */
export const withoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Bytes. Files up to this size are read in this thread: four calls take twenty microseconds. A call through the thread pool
 * costs twice as much as all four, and waits there behind reads of large files.
 */
export const readAtOnce = 1 << 16;

const readLarge = promisify<number, Buffer>(readFile);

/** All bytes of a regular file. Throws EINVAL if it is anything else, EISDIR if it is a directory. */
export async function readRegular(path: string): Promise<Buffer> {
  const descriptor = openSync(path, withoutWaiting);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile() && !stats.isDirectory()) throw notRegular(path);
    return stats.size <= readAtOnce ? readFileSync(descriptor) : await readLarge(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export const notRegular = (path: string): Error =>
  Object.assign(new Error(`EINVAL: ${path} is not a regular file`), { code: 'EINVAL' });
