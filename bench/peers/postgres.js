import { randomBytes } from 'node:crypto';
import { Skipped } from '../measure.js';
import { peerPackage } from './packages.js';

/** The server of PostgreSQL that tests use: test/servers/postgres.sh start */
const server = process.env.CAB_TEST_POSTGRES ?? 'postgres://postgres@127.0.0.1:54329/postgres';

/** A database of its own, its address, and connections to it; gone when the point ends. The point is skipped where no server answers. */
export async function freshDatabase({ defer }) {
  const { Client, Pool } = await peerPackage('pg');
  const admin = new Client({ connectionString: server, connectionTimeoutMillis: 2000 });
  try {
    await admin.connect();
  } catch {
    throw new Skipped('no PostgreSQL answers; test/servers/postgres.sh start');
  }
  const name = `cab_bench_${randomBytes(6).toString('hex')}`;
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pool = new Pool({ connectionString: url.href, max: 16 });
  pool.on('error', () => undefined);
  // In the opposite order: connections end before their database goes.
  defer(async () => {
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  });
  defer(() => pool.end());
  return { url: url.href, pool };
}

/** The least that a durable queue writes: one row a job, one statement a commit. */
export async function bareQueue(pool) {
  await pool.query(`CREATE TABLE bare (seq bigserial PRIMARY KEY, state int NOT NULL DEFAULT 0,
    key text NOT NULL, spec text NOT NULL, epoch int NOT NULL DEFAULT 0)`);
  await pool.query('CREATE INDEX ON bare (seq) WHERE state = 0');
  await pool.query('CREATE TABLE bare_events (seq bigserial PRIMARY KEY, job bigint, type text)');
  const insertSql = 'INSERT INTO bare (key, spec) VALUES ($1, $2)';
  const claimSql = `WITH due AS (SELECT seq FROM bare WHERE state = 0 ORDER BY seq LIMIT $1
      FOR UPDATE SKIP LOCKED)
    UPDATE bare SET state = 1, epoch = epoch + 1 FROM due WHERE bare.seq = due.seq
    RETURNING bare.seq, bare.spec`;
  const settleSql = `WITH told AS (INSERT INTO bare_events (job, type) SELECT unnest($1::bigint[]), 'done')
    UPDATE bare SET state = 2 WHERE seq = ANY($1::bigint[]) AND state = 1`;
  return {
    insert: (key, spec) => pool.query({ name: 'insert', text: insertSql, values: [key, spec] }),
    fill: (jobs, spec) =>
      pool.query(
        `INSERT INTO bare (key, spec) SELECT n::text, $1 FROM generate_series(1, $2) AS n`,
        [spec, jobs],
      ),
    claim: async (limit) =>
      (await pool.query({ name: 'claim', text: claimSql, values: [limit] })).rows,
    settle: (rows) =>
      pool.query({ name: 'settle', text: settleSql, values: [rows.map(({ seq }) => seq)] }),
  };
}
