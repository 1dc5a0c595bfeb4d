/**
 * Opens an SQLite file for reading if the usual way fails. SQLite keeps an index of the log in a file beside the
 * database, and creates it if nobody has the database open, even for reading:
 *
 *   on a full disk                      the connection locks the file for itself, and keeps the index in memory
 *   in a directory that is read-only    a copy is opened, in the directory for temporary files. No process writes
 *                                       to the file meanwhile, or the index would be there; this is checked all the same
 *
 * If other processes have the file open, or one left the index behind, the usual way works.
 */
import { constants } from 'node:fs';
import { chmod, copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { CabError, errnoOf, isCabError } from '../../../core/model/errors.ts';
import { fingerprintOf } from '../../../core/hashing/fingerprint.ts';
import { isLocked } from '../../../support/files/locked-files.ts';
import { Database } from './database.ts';

/**
 * Opens the file for a short read. `isCopy` of the result tells whether later commits of others are visible: in
 * a copy they are not.
 * @throws CabError what Database.open throws; store_unreadable if the copy cannot be made; queue_busy if
 * the file keeps changing
 */
export async function openToLook(file: string, patienceMs?: number): Promise<Database> {
  try {
    return await Database.open(file, { patienceMs });
  } catch (error) {
    if (isCabError(error, 'no_space')) return Database.open(file, { patienceMs, isAlone: true });
    // Reading a file that this process has open would cost the process its locks.
    if (isCabError(error, 'root_unwritable') && !isLocked(file)) return openCopy(file);
    throw error;
  }
}

async function openCopy(file: string): Promise<Database> {
  let directory: string | undefined;
  try {
    directory = await mkdtemp(join(tmpdir(), 'cab-look-'));
    const copy = join(directory, basename(file));
    await copyWhole(file, copy);
    return await Database.open(copy, { copyOf: file });
  } catch (error) {
    throw copyFailure(error, file);
  } finally {
    // The copy is open by now. Without a name, it is gone when the process ends, however it ends.
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  }
}

/** The log holds commits that are not in the file yet. Its index is rebuilt from it. */
const suffixes = ['', '-wal'] as const;
const attempts = 5;

async function copyWhole(file: string, copy: string): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const before = await marksOf(file);
    for (const suffix of suffixes) await copyOne(file + suffix, copy + suffix);
    if ((await marksOf(file)) === before) return;
  }
  throw new CabError('queue_busy', `the job store ${file} is being written by another process`);
}

async function copyOne(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await chmod(to, 0o600);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    await rm(to, { force: true });
  }
}

async function marksOf(file: string): Promise<string> {
  const marks = await Promise.all(suffixes.map((suffix) => markOf(file + suffix)));
  return marks.join();
}

async function markOf(path: string): Promise<string> {
  try {
    return fingerprintOf(await stat(path, { bigint: true }));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'none';
    throw error;
  }
}

function copyFailure(error: unknown, file: string): unknown {
  const errno = errnoOf(error);
  if (error instanceof CabError || errno === undefined) return error;
  return new CabError(
    'store_unreadable',
    `the job store ${file} can be read here from a copy alone, which cannot be made in ${tmpdir()} (${errno})`,
    {
      hint: 'Name a directory that can be written, with room for it: TMPDIR=DIR. Or run this as the user whose root it is.',
      details: { file, errno },
      cause: error,
    },
  );
}
