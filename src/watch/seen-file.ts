/**
 * watch.db: an SQLite file (WAL), its application_id "cabw", its user_version the schema's.
 *
 *   folders  a row a watched folder, with the process that watches it
 *   files    a row a file that was submitted, or is about to be
 *
 * `submitting` is written before a file is handed to the broker, with the run id that its job will bear: where
 * a crash follows, the next watcher asks the broker for that run, and knows whether the job was accepted.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { guarded } from '../core/cas/io-error.ts';
import { CabError, isCabError } from '../core/errors.ts';
import { Database } from '../core/queue/database.ts';

const schema = `
  CREATE TABLE folders (
    id    INTEGER PRIMARY KEY,
    path  TEXT NOT NULL UNIQUE,
    owner TEXT
  ) STRICT;

  CREATE TABLE files (
    id          INTEGER PRIMARY KEY,
    folder      INTEGER NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    path        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('submitting', 'submitted', 'done', 'failed')),
    fingerprint TEXT NOT NULL,
    track_id    TEXT NOT NULL,
    run_id      TEXT NOT NULL,
    job_id      TEXT,
    source_hash TEXT,
    error       TEXT,
    UNIQUE (folder, path)
  ) STRICT;
  CREATE INDEX files_by_state ON files (folder, state, job_id);
`;

/** "cabw", as SQLite's header holds it. */
const applicationId = 0x63616277;
const schemaVersion = 1;

/** @throws CabError queue_unreadable, queue_too_new, root_unwritable */
export async function openSeenFile(path: string): Promise<Database> {
  const file = resolve(path);
  await guarded(`making ${dirname(file)}`, () => mkdir(dirname(file), { recursive: true }));
  try {
    return await opened(file);
  } catch (error) {
    if (!isCabError(error, 'queue_unreadable')) throw error;
    throw new CabError('queue_unreadable', `the table of watched files ${file} is not readable`, {
      cause: error,
      details: { file },
      hint: 'Move it away: all files are submitted anew then, and results that stand are not computed again.',
    });
  }
}

async function opened(file: string): Promise<Database> {
  const database = await Database.open(file);
  try {
    await database.read(() => {
      if (database.value('PRAGMA journal_mode') !== 'wal')
        database.execute('PRAGMA journal_mode = WAL');
      database.execute('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    });
    await database.write(() => make(database));
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function make(database: Database): void {
  const version = Number(database.value('PRAGMA user_version'));
  if (version > schemaVersion)
    throw new CabError(
      'queue_too_new',
      `the table of watched files ${database.file} has schema version ${version}; this program knows ${schemaVersion}`,
    );
  if (version === schemaVersion && database.value('PRAGMA application_id') === applicationId)
    return;
  if (database.value('SELECT count(*) FROM sqlite_schema') !== 0)
    throw new CabError('queue_unreadable', `${database.file} is a database of another program`);
  database.execute(schema);
  database.execute(`PRAGMA application_id = ${applicationId}`);
  database.execute(`PRAGMA user_version = ${schemaVersion}`);
}
