import { readdir } from 'node:fs/promises';
import { errnoOf } from '../../core/model/errors.ts';

/** The names in a directory; empty if there is no such directory. */
export async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}
