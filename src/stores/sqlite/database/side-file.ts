/** An SQLite file beside the queue. Each has one schema, which is created at once and never migrated. */
import { dirname, resolve } from 'node:path';
import { makeDirectory } from '../../../support/files/durable.ts';
import { guarded } from '../../../support/files/io-error.ts';
import { CabError, isCabError } from '../../../core/model/errors.ts';
import { Database } from './database.ts';

export interface SideFile {
  /** For people: `the table of watched files`. */
  readonly what: string;
  /** What to do if the file cannot be read. */
  readonly hint: string;
  /** Four letters, as SQLite's header holds them. */
  readonly applicationId: number;
  /** The version of `schema`, from 1. */
  readonly version: number;
  readonly schema: string;
  /** Whether what was written must survive a loss of power. */
  readonly durable: boolean;
}

/**
 * Creates the file if it is not there. @throws CabError queue_unreadable, queue_too_new, root_unwritable, no_space
 */
export async function openSideFile(path: string, side: SideFile): Promise<Database> {
  const file = resolve(path);
  await guarded(`making ${dirname(file)}`, () => makeDirectory(dirname(file)));
  try {
    return await opened(file, side);
  } catch (error) {
    if (!isCabError(error, 'queue_unreadable')) throw error;
    throw new CabError('queue_unreadable', `${side.what} ${file} is not readable`, {
      cause: error,
      details: { file },
      hint: side.hint,
    });
  }
}

async function opened(file: string, side: SideFile): Promise<Database> {
  const database = await Database.open(file);
  try {
    await database.read(() => {
      if (database.value('PRAGMA journal_mode') !== 'wal')
        database.execute('PRAGMA journal_mode = WAL');
      const synchronous = side.durable ? 'FULL' : 'NORMAL';
      database.execute(`PRAGMA synchronous = ${synchronous}; PRAGMA foreign_keys = ON`);
    });
    await database.write(() => make(database, side));
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function make(database: Database, { what, applicationId, version: known, schema }: SideFile): void {
  const version = Number(database.value('PRAGMA user_version'));
  if (version > known)
    throw new CabError(
      'queue_too_new',
      `${what} ${database.file} has schema version ${version}; this program knows ${known}`,
    );
  if (version === known && database.value('PRAGMA application_id') === applicationId) return;
  if (database.value('SELECT count(*) FROM sqlite_schema') !== 0)
    throw new CabError('queue_unreadable', `${database.file} is a database of another program`);
  database.execute(schema);
  database.execute(`PRAGMA application_id = ${applicationId}`);
  database.execute(`PRAGMA user_version = ${known}`);
}
