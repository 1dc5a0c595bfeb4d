import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** For `open`: a FIFO in the place of a file must not hold the caller, who looks at what it opened. */
export const withoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK;

/** All bytes of a regular file. What else stands in its place is told as the system error EINVAL, EISDIR for a directory. */
export async function readRegular(path: string): Promise<Buffer> {
  const handle = await open(path, withoutWaiting);
  try {
    const stats = await handle.stat();
    if (!stats.isFile() && !stats.isDirectory()) throw notRegular(path);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

export const notRegular = (path: string): Error =>
  Object.assign(new Error(`EINVAL: ${path} is not a regular file`), { code: 'EINVAL' });
