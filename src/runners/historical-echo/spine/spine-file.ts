import { open } from 'node:fs/promises';
import { CabError, errnoOf } from '../../../core/model/errors.ts';

/** @throws CabError spine_not_found */
export function requireSpine(db_path: string | null): string {
  if (db_path !== null) return db_path;
  throw new CabError('spine_not_found', 'historical-echo needs a database of songs (db_path)');
}

/**
 * Checks the header, because SQLite itself accepts any file of less than 512 bytes as an empty database.
 * @throws CabError spine_not_found, spine_invalid; both name the file
 */
export async function requireSqlite(path: string): Promise<void> {
  const header = await firstBytes(path, magic.length);
  if (header === magic) return;
  throw new CabError('spine_invalid', `${path} is not a SQLite database`, {
    details: { db: path },
  });
}

const magic = 'SQLite format 3\0';

async function firstBytes(path: string, count: number): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(count), 0, count, 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    if (errnoOf(error) === 'ENOENT')
      throw new CabError('spine_not_found', `${path}: there is no such file`, {
        details: { db: path },
        cause: error,
      });
    throw new CabError('spine_invalid', `${path} cannot be read: ${errnoOf(error)}`, {
      details: { db: path },
      cause: error,
    });
  }
}
