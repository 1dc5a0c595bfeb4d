/**
 * jobs.db: an SQLite file (WAL), its application_id "cabq", its user_version the number of migrations that ran.
 *
 *   jobs     one row a job; `spec` never changes, the columns before it are its state
 *   counts   jobs by state, kept by triggers, so that nobody counts a million rows
 *   events   what happened to jobs; removed with its job
 *   history  the pointers of a track; stays when its jobs are trimmed
 *   trailing jobs of the history whose track's pointer may not have been checked yet; mostly empty
 *   inputs   small inputs that were sent, not named; in one commit with their job, until the job is done
 *   aliases  a predicted key that led to another key
 *   digests  of files, by their `stat`
 *   unwritten  small results whose files are not flushed yet: durable with the outcome of their job, until the files
 *            and the pointer are; each names the process that writes them
 *   condemned  what garbage collection is removing, or has removed since others looked
 *   meta     last_id: the last job id handed out, kept when the job is gone
 *            condemned_forgotten: the last row of `condemned` that was deleted
 *
 * Times that something waits for (`due_ms`, `lease_until`) are monotonic milliseconds of the boot beside them. A
 * pending job with a `due_ms` is delayed. When the time has come, a claim clears `due_ms` and the job is ready.
 *
 * Every index that a claim, a reap or the next due time needs is partial: it holds only pending or running
 * jobs, so ended jobs cost nothing. The two indexes of a claim hold all columns that it looks at, so
 * skipping a job reads no row.
 */
import { CabError, errnoOf } from '../../../core/model/errors.ts';
import type { Database } from '../database/database.ts';

/** Runs in this order. A released migration never changes. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE jobs (
    seq              INTEGER PRIMARY KEY AUTOINCREMENT,
    id               TEXT NOT NULL UNIQUE,
    state            TEXT NOT NULL CHECK (state IN ('pending', 'running', 'done', 'error', 'canceled')),
    config_hash      TEXT NOT NULL,
    source_hash      TEXT NOT NULL,
    track_id         TEXT,
    object           TEXT,
    submitter        TEXT,
    priority         INTEGER NOT NULL,
    attempts         INTEGER NOT NULL DEFAULT 0,
    max_attempts     INTEGER NOT NULL,
    crashes          INTEGER NOT NULL DEFAULT 0,
    epoch            INTEGER NOT NULL DEFAULT 0,
    owner            TEXT,
    lease_boot       TEXT,
    lease_until      INTEGER,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    due_boot         TEXT,
    due_ms           INTEGER,
    submitted_at     TEXT NOT NULL,
    run_at           TEXT,
    started_at       TEXT,
    finished_at      TEXT,
    cached           INTEGER NOT NULL DEFAULT 0,
    result           TEXT,
    failure          TEXT,
    spec             TEXT NOT NULL,
    CHECK ((state = 'running') = (owner IS NOT NULL)),
    CHECK ((owner IS NULL) = (lease_until IS NULL) AND (owner IS NULL) = (lease_boot IS NULL)),
    CHECK ((due_ms IS NULL) = (due_boot IS NULL)),
    CHECK (due_ms IS NULL OR state = 'pending'),
    CHECK ((state IN ('done', 'error', 'canceled')) = (finished_at IS NOT NULL)),
    CHECK ((state = 'done') = (result IS NOT NULL)),
    CHECK (state <> 'error' OR failure IS NOT NULL)
  ) STRICT;

  CREATE INDEX jobs_ready ON jobs (priority DESC, seq, config_hash, source_hash, object)
    WHERE state = 'pending' AND due_ms IS NULL;
  CREATE INDEX jobs_ready_by_submitter
    ON jobs (submitter, priority DESC, seq, config_hash, source_hash, object)
    WHERE state = 'pending' AND due_ms IS NULL;
  CREATE INDEX jobs_delayed ON jobs (due_boot, due_ms, submitter, object)
    WHERE state = 'pending' AND due_ms IS NOT NULL;
  -- Unique: whatever a process does, two of one key never run at once.
  CREATE UNIQUE INDEX jobs_running ON jobs (config_hash, source_hash) WHERE state = 'running';
  CREATE INDEX jobs_by_state ON jobs (state, seq);
  CREATE INDEX jobs_by_track ON jobs (track_id, seq) WHERE track_id IS NOT NULL;

  CREATE TABLE events (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    job     INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
    at      TEXT NOT NULL,
    type    TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    data    TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_job ON events (job, seq);

  CREATE TABLE history (
    track_id    TEXT NOT NULL,
    job_id      TEXT NOT NULL,
    at          TEXT NOT NULL,
    config_hash TEXT NOT NULL,
    source_hash TEXT NOT NULL,
    artifact    TEXT NOT NULL,
    manifest    TEXT NOT NULL,
    etag        TEXT NOT NULL,
    PRIMARY KEY (track_id, job_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE aliases (
    config_hash    TEXT NOT NULL,
    source_hash    TEXT NOT NULL,
    to_config_hash TEXT NOT NULL,
    to_source_hash TEXT NOT NULL,
    PRIMARY KEY (config_hash, source_hash)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE digests (
    path        TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    digest      TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE counts (
    state TEXT PRIMARY KEY,
    jobs  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO counts VALUES ('pending', 0), ('running', 0), ('done', 0), ('error', 0), ('canceled', 0);
  UPDATE counts SET jobs = (SELECT count(*) FROM jobs WHERE jobs.state = counts.state);

  CREATE TRIGGER jobs_counted AFTER INSERT ON jobs BEGIN
    UPDATE counts SET jobs = jobs + 1 WHERE state = NEW.state;
  END;
  CREATE TRIGGER jobs_recounted AFTER UPDATE OF state ON jobs WHEN OLD.state <> NEW.state BEGIN
    UPDATE counts SET jobs = jobs - 1 WHERE state = OLD.state;
    UPDATE counts SET jobs = jobs + 1 WHERE state = NEW.state;
  END;
  CREATE TRIGGER jobs_discounted AFTER DELETE ON jobs BEGIN
    UPDATE counts SET jobs = jobs - 1 WHERE state = OLD.state;
  END;
  `,
  `
  CREATE TABLE inputs (
    job  INTEGER PRIMARY KEY REFERENCES jobs (seq) ON DELETE CASCADE,
    text TEXT NOT NULL
  ) STRICT;
  `,
  // Most jobs have no submitter, so this index leaves them out. Being in it cost a seventh of a commit.
  `
  DROP INDEX jobs_ready_by_submitter;
  CREATE INDEX jobs_ready_by_submitter
    ON jobs (submitter, priority DESC, seq, config_hash, source_hash, object)
    WHERE state = 'pending' AND due_ms IS NULL AND submitter IS NOT NULL;
  `,
  `
  CREATE TABLE trailing (
    job_id   TEXT PRIMARY KEY,
    track_id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // A claim looks at the kind of each job that waits, so both of its indexes hold it.
  `
  ALTER TABLE jobs ADD COLUMN kind TEXT;
  DROP INDEX jobs_ready;
  CREATE INDEX jobs_ready ON jobs (priority DESC, seq, config_hash, source_hash, object, kind)
    WHERE state = 'pending' AND due_ms IS NULL;
  DROP INDEX jobs_ready_by_submitter;
  CREATE INDEX jobs_ready_by_submitter
    ON jobs (submitter, priority DESC, seq, config_hash, source_hash, object, kind)
    WHERE state = 'pending' AND due_ms IS NULL AND submitter IS NOT NULL;
  DROP INDEX jobs_delayed;
  CREATE INDEX jobs_delayed ON jobs (due_boot, due_ms, submitter, object, kind)
    WHERE state = 'pending' AND due_ms IS NOT NULL;
  `,
  `
  CREATE TABLE condemned (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    owner       TEXT,
    lease_boot  TEXT NOT NULL,
    lease_until INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX condemned_by_name ON condemned (name, seq);
  `,
  // As `kind`: a claim looks at it, so the indexes hold it.
  `
  ALTER TABLE jobs ADD COLUMN needs TEXT;
  DROP INDEX jobs_ready;
  CREATE INDEX jobs_ready ON jobs (priority DESC, seq, config_hash, source_hash, object, kind, needs)
    WHERE state = 'pending' AND due_ms IS NULL;
  DROP INDEX jobs_ready_by_submitter;
  CREATE INDEX jobs_ready_by_submitter
    ON jobs (submitter, priority DESC, seq, config_hash, source_hash, object, kind, needs)
    WHERE state = 'pending' AND due_ms IS NULL AND submitter IS NOT NULL;
  DROP INDEX jobs_delayed;
  CREATE INDEX jobs_delayed ON jobs (due_boot, due_ms, submitter, object, kind, needs)
    WHERE state = 'pending' AND due_ms IS NOT NULL;
  `,
  // The index tells which processes have rows here, without a look at each.
  `
  CREATE TABLE unwritten (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id      TEXT NOT NULL,
    epoch       INTEGER NOT NULL,
    track_id    TEXT,
    writer      TEXT NOT NULL,
    boot        TEXT NOT NULL,
    config_hash TEXT NOT NULL,
    source_hash TEXT NOT NULL,
    artifact    TEXT NOT NULL,
    manifest    TEXT NOT NULL,
    mode        INTEGER NOT NULL,
    sizes       TEXT NOT NULL,
    bytes       BLOB NOT NULL
  ) STRICT;
  CREATE INDEX unwritten_by_writer ON unwritten (writer);
  CREATE INDEX unwritten_by_job ON unwritten (job_id, epoch);
  `,
];

/** "cabq", as SQLite's header holds it. */
const applicationId = 0x63616271;

/**
 * Brings the file to the schema of this program, with all steps in one transaction. Writes nothing if the schema is
 * current. False if the file holds no queue yet and `create` is false.
 * @throws CabError queue_too_new, queue_unreadable; then the file is unchanged
 */
export async function migrate(database: Database, create: boolean): Promise<boolean> {
  const isNew = (await database.read(() => versionOf(database))) === 0;
  if (isNew && !create) return false;
  // Only possible before the first page is written. It lets garbage collection return free pages.
  if (isNew) await database.read(() => database.execute('PRAGMA auto_vacuum = INCREMENTAL'));
  await database.read(() => configure(database));
  if ((await database.read(() => versionOf(database))) < migrations.length)
    await database.write(() => upgrade(database));
  return true;
}

/** Reads the version again under the lock, because another process may have been faster. */
function upgrade(database: Database): void {
  const version = versionOf(database);
  try {
    for (const migration of migrations.slice(version)) database.execute(migration);
  } catch (error) {
    // Migrations fit every file that cab wrote.
    if (errnoOf(error) !== 'SQLITE_ERROR') throw error;
    throw new CabError(
      'queue_unreadable',
      `the job store ${database.file} says that its schema has version ${version}, and it has not`,
      { details: { file: database.file, version }, cause: error },
    );
  }
  database.execute(`PRAGMA application_id = ${applicationId}`);
  database.execute(`PRAGMA user_version = ${migrations.length}`);
}

/** The switch to WAL is stored in the file. The other settings belong to the connection. */
function configure(database: Database): void {
  if (database.value('PRAGMA journal_mode') !== 'wal')
    database.execute('PRAGMA journal_mode = WAL');
  database.execute('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
}

function versionOf(database: Database): number {
  const version = Number(database.value('PRAGMA user_version'));
  assertKnown(version, database.file);
  if (database.value('PRAGMA application_id') === applicationId) return version;
  if (database.value('SELECT count(*) FROM sqlite_schema') === 0) return 0;
  throw new CabError(
    'queue_unreadable',
    `the job store ${database.file} is a database of another program`,
    { details: { file: database.file } },
  );
}

export function assertKnown(version: number, file: string): void {
  if (version <= migrations.length) return;
  throw new CabError(
    'queue_too_new',
    `the job store ${file} has schema version ${version}; this program knows ${migrations.length}`,
    { details: { file, version, known: migrations.length } },
  );
}
