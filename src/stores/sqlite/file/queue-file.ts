import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { makeDirectory } from '../../../support/files/durable.ts';
import { notRegular, withoutWaiting } from '../../../support/files/read-regular.ts';
import { CabError, errnoOf, readAsOwner, type ErrorCode } from '../../../core/model/errors.ts';
import { isLocked } from '../../../support/files/locked-files.ts';
import { Database } from '../database/database.ts';
import { openToLook } from '../database/open-read-only.ts';
import { assertKnown, migrate } from './schema.ts';

export interface QueueFileOptions {
  readonly create: boolean;
  /** For a short read, without `create`: opens the queue even if SQLite may not, or cannot, write beside the file. */
  readonly look?: boolean;
  /** How long a call waits while other processes write, in milliseconds; 5 s if not given. */
  readonly patienceMs?: number;
}

/**
 * Opens the queue's file at the schema of this program. Undefined if there is none and `create` is false. A file that
 * is refused stays unchanged, byte for byte.
 */
export async function openQueueFile(
  path: string,
  { create, look = false, patienceMs }: QueueFileOptions,
): Promise<Database | undefined> {
  const file = resolve(path);
  const found = inspect(file);
  if (!found && !create) return undefined;
  // If a queue stands, its directory is durable already.
  if (!found) await makeHome(dirname(file));
  const database =
    look && !create
      ? await openToLook(file, patienceMs)
      : await Database.open(file, { patienceMs });
  try {
    const isQueue = await migrate(database, create);
    // A write to a copy would be lost.
    if (database.isCopy) database.execute('PRAGMA query_only = ON');
    if (isQueue) return database;
  } catch (error) {
    await database.close();
    throw error;
  }
  await database.close();
  return undefined;
}

const headerLength = 72;
const magic = Buffer.from('SQLite format 3\0', 'latin1');
/** The offset of `user_version` in the header, a big-endian 32-bit number. */
const versionAt = 60;

/**
 * Checks the header before SQLite opens the file: on closing, SQLite may fold a left-over write-ahead log into a file
 * that is not cab's. False if the file is absent or empty. A file that this process already has open was checked
 * then; reading it now would cost the process its locks.
 */
function inspect(file: string): boolean {
  if (isLocked(file)) return true;
  const header = readHeader(file);
  if (header === undefined || header.length === 0) return false;
  if (header.length < headerLength || !header.subarray(0, magic.length).equals(magic))
    throw new CabError('queue_unreadable', `the job store ${file} is not a database`, {
      details: { file },
    });
  assertKnown(header.readUInt32BE(versionAt), file);
  return true;
}

function readHeader(file: string): Buffer | undefined {
  const header = Buffer.alloc(headerLength);
  try {
    const descriptor = openSync(file, withoutWaiting);
    try {
      const stats = fstatSync(descriptor);
      if (!stats.isFile() && !stats.isDirectory()) throw notRegular(file);
      return header.subarray(0, readSync(descriptor, header, 0, headerLength, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    if (errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM') throw forbidden(error, file);
    throw fileFailure(error, `the job store ${file} could not be read`, 'queue_unreadable');
  }
}

/** Says nothing about the content, which may be sound. */
const forbidden = (cause: unknown, file: string): CabError =>
  new CabError('store_unreadable', `the job store ${file} may not be read (${errnoOf(cause)})`, {
    hint: readAsOwner,
    details: { file },
    cause,
  });

async function makeHome(directory: string): Promise<void> {
  try {
    await makeDirectory(dirname(directory));
    await makeDirectory(directory);
  } catch (error) {
    throw fileFailure(error, `the directory ${directory} could not be made`, 'root_unwritable');
  }
}

function fileFailure(error: unknown, message: string, code: ErrorCode): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const codes: Readonly<Record<string, ErrorCode>> = {
    ENOSPC: 'no_space',
    EDQUOT: 'no_space',
    EIO: 'io_error',
  };
  return new CabError(codes[errno] ?? code, `${message} (${errno})`, { cause: error });
}
