import { closeSync, constants, fstatSync, openSync, readFile, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** For `open`: a FIFO in the place of a file must not hold the caller, who looks at what it opened. */
export const withoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Bytes: up to this size a file is read there and then. Four calls take twenty microseconds of the thread; each
 * that goes through the thread pool costs it twice as much as all of them, and waits there behind reads of large files.
 */
export const readAtOnce = 1 << 16;

const readLarge = promisify<number, Buffer>(readFile);

/** All bytes of a regular file. What else stands in its place is told as the system error EINVAL, EISDIR for a directory. */
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
