/**
 * The tables of a job store in PostgreSQL: logically those of stores/sqlite/file/schema.ts. What differs:
 *
 *   lane      jobs with one key that the same workers may take. Of those that wait and are due, the first is the head
 *   head      1: the first of its lane. Claims look at heads alone, so a hundred thousand equal jobs cost what one costs
 *   counts    changes of the number of jobs, which are summed when they are read and folded when they are many: one row a
 *             state would make every transaction wait for the others
 *   commits   tokens of transactions, by which a process learns whether a commit happened that got no answer
 *   ids       the last job id that was handed out, as the number that its time and counter form
 *
 * Times that something waits for (`due_ms`, `lease_until`) are milliseconds of the server's clock. PostgreSQL's text holds no NUL
 * and no half of a surrogate pair; columns with text of users hold it as JSON where it has either (columns.ts).
 */
import { CabError } from '../../../core/model/errors.ts';
import type { Database, Transaction } from './database.ts';
import { lockOf } from './locks.ts';

/** Runs in this order. A released migration never changes. */
export const migrations: readonly string[] = [
  `
  CREATE SEQUENCE ids AS bigint;
  -- The lock is held for a moment: nothing waits for the disk, and a commit that has a number writes this before itself.
  CREATE FUNCTION draw_ids(count int, now bigint) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM set_config('synchronous_commit', 'off', true);
      PERFORM pg_advisory_xact_lock('ids'::regclass::oid::bigint);
      IF (SELECT last_value FROM ids) < now THEN
        PERFORM setval('ids', now);
      END IF;
      RETURN QUERY SELECT nextval('ids') FROM generate_series(1, count);
    END $$;
  CREATE TABLE jobs (
    seq              bigint PRIMARY KEY,
    id               text COLLATE "C" NOT NULL UNIQUE,
    state            text NOT NULL CHECK (state IN ('pending', 'running', 'done', 'error', 'canceled')),
    lane             text COLLATE "C" NOT NULL,
    head             int NOT NULL DEFAULT 0,
    config_hash      text COLLATE "C" NOT NULL,
    source_hash      text COLLATE "C" NOT NULL,
    track_id         text,
    object           text,
    kind             text,
    needs            text,
    submitter        text COLLATE "C",
    priority         int NOT NULL,
    attempts         int NOT NULL DEFAULT 0,
    max_attempts     int NOT NULL,
    crashes          int NOT NULL DEFAULT 0,
    epoch            int NOT NULL DEFAULT 0,
    owner            text,
    lease_until      bigint,
    cancel_requested int NOT NULL DEFAULT 0,
    due_ms           bigint,
    submitted_at     text COLLATE "C" NOT NULL,
    run_at           text,
    started_at       text,
    finished_at      text COLLATE "C",
    cached           int NOT NULL DEFAULT 0,
    result           text,
    failure          text,
    spec             text NOT NULL,
    runner           text NOT NULL,
    input_path       text NOT NULL,
    kept_input       text,
    force            int NOT NULL,
    -- Where the entry of a done job stands.
    to_config_hash   text COLLATE "C",
    to_source_hash   text COLLATE "C",
    CHECK ((state = 'running') = (owner IS NOT NULL)),
    CHECK ((owner IS NULL) = (lease_until IS NULL)),
    CHECK (due_ms IS NULL OR state = 'pending'),
    CHECK (head = 0 OR state IN ('pending', 'running')),
    CHECK ((state IN ('done', 'error', 'canceled')) = (finished_at IS NOT NULL)),
    CHECK ((state = 'done') = (result IS NOT NULL)),
    CHECK ((state = 'done') = (to_config_hash IS NOT NULL)),
    CHECK (state <> 'error' OR failure IS NOT NULL)
  );
  CREATE INDEX jobs_heads ON jobs (priority DESC, seq) WHERE head = 1 AND state = 'pending';
  CREATE INDEX jobs_heads_by_submitter ON jobs (submitter, priority DESC, seq)
    WHERE head = 1 AND state = 'pending' AND submitter IS NOT NULL;
  CREATE UNIQUE INDEX jobs_head_of_lane ON jobs (lane) WHERE head = 1;
  CREATE INDEX jobs_lane ON jobs (lane, priority DESC, seq) WHERE state = 'pending' AND due_ms IS NULL;
  CREATE INDEX jobs_delayed ON jobs (due_ms) WHERE state = 'pending' AND due_ms IS NOT NULL;
  -- Unique: whatever a process does, two of one key never run at once.
  CREATE UNIQUE INDEX jobs_running ON jobs (config_hash, source_hash) WHERE state = 'running';
  CREATE INDEX jobs_leases ON jobs (owner, lease_until) WHERE state = 'running';
  CREATE INDEX jobs_by_state ON jobs (state, seq);
  CREATE INDEX jobs_by_track ON jobs (track_id, seq) WHERE track_id IS NOT NULL;

  CREATE TABLE counts (
    state text NOT NULL,
    jobs  bigint NOT NULL
  );

  CREATE TABLE events (
    seq     bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME event_seqs) PRIMARY KEY,
    job     bigint NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
    at      text NOT NULL,
    type    text NOT NULL,
    attempt int NOT NULL,
    data    text NOT NULL
  );
  CREATE INDEX events_by_job ON events (job, seq);

  CREATE TABLE inputs (
    job     bigint PRIMARY KEY REFERENCES jobs (seq) ON DELETE CASCADE,
    content bytea NOT NULL
  );

  CREATE TABLE history (
    track_id    text COLLATE "C" NOT NULL,
    job_id      text COLLATE "C" NOT NULL,
    at          text COLLATE "C" NOT NULL,
    config_hash text NOT NULL,
    source_hash text NOT NULL,
    artifact    text NOT NULL,
    manifest    text NOT NULL,
    etag        text NOT NULL,
    PRIMARY KEY (track_id, job_id)
  );
  CREATE TABLE unfollowed (
    job_id   text COLLATE "C" PRIMARY KEY,
    track_id text COLLATE "C" NOT NULL
  );

  CREATE TABLE aliases (
    config_hash    text COLLATE "C" NOT NULL,
    source_hash    text COLLATE "C" NOT NULL,
    to_config_hash text NOT NULL,
    to_source_hash text NOT NULL,
    PRIMARY KEY (config_hash, source_hash)
  );

  -- Of files of one machine.
  CREATE TABLE digests (
    machine     text COLLATE "C" NOT NULL,
    path        text COLLATE "C" NOT NULL,
    fingerprint text NOT NULL,
    digest      text NOT NULL,
    PRIMARY KEY (machine, path)
  );

  CREATE TABLE condemned (
    seq         bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME condemned_seqs) PRIMARY KEY,
    name        text NOT NULL,
    owner       text,
    lease_until bigint NOT NULL
  );
  CREATE INDEX condemned_by_name ON condemned (name, seq);

  CREATE TABLE meta (
    name  text PRIMARY KEY,
    value text NOT NULL
  );

  CREATE TABLE commits (
    token   uuid PRIMARY KEY,
    -- True: inserted by one that looked whether the commit happened.
    is_look boolean NOT NULL DEFAULT false,
    at      timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  CREATE INDEX commits_by_time ON commits (at);
  `,
  // The database of a job that machines share, as `kept_input`.
  'ALTER TABLE jobs ADD COLUMN kept_database text',
];

/**
 * Brings the schema to that of this program. False if there is none and `create` is false. Two programs that begin at once take
 * turns.
 * @throws CabError queue_too_new; then nothing was changed
 */
export async function migrate(database: Database, create: boolean): Promise<boolean> {
  const version = await versionOf(database);
  if (version === 0 && !create) return false;
  if (version < migrations.length) await database.prepare((turn) => upgrade(database, turn));
  return true;
}

/** Reads the version again under the lock, because another process may have been faster. */
async function upgrade({ name, schema }: Database, turn: Transaction): Promise<void> {
  await turn.query(`SELECT pg_advisory_xact_lock(${lockOf(schema, 'schema')})`);
  // `IF NOT EXISTS` would ask for the right to create it even where it is there.
  const [there] = await turn.query('SELECT to_regnamespace($1) IS NOT NULL AS yes', [schema]);
  if (there?.['yes'] !== true) await turn.query(`CREATE SCHEMA ${schema}`);
  await turn.query('CREATE TABLE IF NOT EXISTS migrations (version int PRIMARY KEY)');
  const [row] = await turn.query('SELECT coalesce(max(version), 0) AS version FROM migrations');
  const version = known(Number(row?.['version'] ?? 0), name);
  for (const [at, migration] of migrations.entries()) {
    if (at < version) continue;
    await turn.script(migration);
    await turn.query('INSERT INTO migrations VALUES ($1)', [at + 1]);
  }
}

async function versionOf(database: Database): Promise<number> {
  const [there] = await database.run(`SELECT to_regclass($1) IS NOT NULL AS yes`, [
    `${database.schema}.migrations`,
  ]);
  if (there?.['yes'] !== true) return 0;
  const [row] = await database.run('SELECT max(version) AS version FROM migrations');
  return known(Number(row?.['version'] ?? 0), database.name);
}

function known(version: number, queue: string): number {
  if (version <= migrations.length) return version;
  throw new CabError(
    'queue_too_new',
    `the job store ${queue} has schema version ${version}; this program knows ${migrations.length}`,
    { details: { queue, version, known: migrations.length } },
  );
}
