/**
 * watch.db: an SQLite file (WAL), its application_id "cabw", its user_version the schema's.
 *
 *   folders  one row a watched folder, with the process that watches it
 *   files    one row a file that was submitted, or is about to be
 *
 * Steps of a submission: the file's row becomes `submitting`, with the run id of the future job; then the file is
 * handed to the broker. If a crash follows, the next watcher asks the broker for that run id, and so learns whether
 * the job was accepted.
 */
import type { Database } from '../database/database.ts';
import { openSideFile } from '../database/side-file.ts';

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

/** @throws CabError queue_unreadable, queue_too_new, root_unwritable, no_space */
export const openSeenDatabase = (path: string): Promise<Database> =>
  openSideFile(path, {
    what: 'the table of watched files',
    hint: 'Move it away: all files are submitted anew then, and results that stand are not computed again.',
    // "cabw"
    applicationId: 0x63616277,
    version: 1,
    schema,
    durable: true,
  });
