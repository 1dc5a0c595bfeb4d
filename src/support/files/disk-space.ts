import { statfs } from 'node:fs/promises';
import { errnoOf } from '../../core/model/errors.ts';

/** In bytes. What is free is what this user may take: the system keeps some for root. */
export interface DiskSpace {
  readonly total_bytes: number;
  readonly free_bytes: number;
  readonly used_bytes: number;
}

/** Of the file system in which a path lies; null if it cannot be asked. */
export async function diskSpace(path: string): Promise<DiskSpace | null> {
  try {
    const { bsize, blocks, bfree, bavail } = await statfs(path);
    return {
      total_bytes: blocks * bsize,
      free_bytes: bavail * bsize,
      used_bytes: (blocks - bfree) * bsize,
    };
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return null;
  }
}
