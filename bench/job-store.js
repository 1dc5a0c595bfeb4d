/**
 * How fast the queue takes and hands out jobs, empty and with a million ended ones.
 * Run: node bench/job-store.js [ended jobs]
 */
import Sqlite from 'better-sqlite3';
import { build } from 'esbuild';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';

const project = join(import.meta.dirname, '..');
mkdirSync(join(project, '.scratch'), { recursive: true });
const dir = mkdtempSync(join(project, '.scratch', 'bench-'));
const { openJobStore } = await load('src/core/queue/sqlite-job-store.ts');
const { currentOwner } = await load('src/core/queue/owner.ts');

const million = Number(process.argv[2] ?? 1_000_000);
const owner = currentOwner();
let serial = 0;

try {
  const rows = [];
  for (const ended of [0, million]) rows.push(...(await measure(ended)));
  console.table(rows);
} finally {
  rmSync(dir, { recursive: true, force: true });
}

async function measure(ended) {
  const file = join(dir, `jobs-${ended}.db`);
  const store = await openJobStore({ file, create: true });
  await store.submit([newJob()]);
  fill(file, ended);
  const rows = [
    await rate(ended, 'submit, 1 a call', 1_000, () => store.submit([newJob()])),
    await rate(ended, 'submit, 64 a call', 100, () => store.submit(batch(64)), 64),
    await rate(ended, 'claim and settle, 1 a call', 1_000, () => claimAndSettle(store, 1)),
    await rate(ended, 'claim and settle, 16 a claim', 100, () => claimAndSettle(store, 16), 16),
    await rate(ended, 'claim (reach own) that finds none', 5_000, () =>
      store.claim(scope('own'), 1),
    ),
    await rate(ended, 'reap', 5_000, () => store.reap()),
    await rate(ended, 'next due', 5_000, () => store.nextDue(scope('all'))),
    await rate(ended, 'counts', 5_000, () => store.counts()),
    await rate(ended, 'list the newest 50', 500, () => store.list({ limit: 50 })),
    await rate(ended, 'list the failed, where none failed', 500, () =>
      store.list({ limit: 50, states: ['error'] }),
    ),
    await rate(ended, 'open and close', 200, () => reopen(file)),
  ];
  await store.submit(Array.from({ length: 10_000 }, () => newJob('same', 9)));
  await store.claim(scope('all'), 1);
  rows.push(
    await rate(ended, 'claim and settle behind 9,999 of one running key', 100, () =>
      claimAndSettle(store, 1),
    ),
  );
  await store.close();
  return rows;
}

async function rate(ended, what, calls, call, each = 1) {
  const times = [];
  const begin = performance.now();
  for (let n = 0; n < calls; n += 1) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  const seconds = (performance.now() - begin) / 1_000;
  times.sort((a, b) => a - b);
  return {
    'ended jobs': ended,
    what,
    'per second': Math.round((calls * each) / seconds),
    'median ms a call': Number(times[calls >> 1].toFixed(3)),
    'p99 ms': Number(times[Math.floor(calls * 0.99)].toFixed(3)),
  };
}

async function claimAndSettle(store, limit) {
  const jobs = await store.claim(scope('all'), limit);
  if (jobs.length !== limit) throw new Error(`claimed ${jobs.length} of ${limit}`);
  for (const job of jobs) {
    const result = {
      ...job.spec.key,
      artifact: 'a.json',
      manifest: 'm.json',
      etag: 'e'.repeat(64),
    };
    await store.settle(job, { state: 'done', result, cached: false });
  }
}

async function reopen(file) {
  const store = await openJobStore({ file, create: false });
  await store.counts();
  await store.close();
}

function scope(reach) {
  return { owner, reach, objects: [], lease_ms: 60_000 };
}

function batch(size) {
  return Array.from({ length: size }, () => newJob());
}

function newJob(name = `job-${(serial += 1)}`, priority = 0) {
  const config = { runner: { name: 'historical-echo', version: '1' }, probe: { top_k: 10 } };
  const spec = {
    input: { path: `/music/features/${name}.json`, kept: false, fingerprint: '1:2:3:4:5' },
    key: { config_hash: 'c'.repeat(64), source_hash: name.padEnd(64, '0') },
    config,
    track_id: `${name}.mp3`,
    run_id: name,
    runner: 'historical-echo',
    db_path: '/music/spine.db',
    db_hash: 'd'.repeat(64),
    probe: config.probe,
    runner_kwargs: {},
    artifact_name: 'historical_echo.json',
    manifest_name: 'manifest.json',
    timeout_ms: null,
    force: false,
  };
  return { spec, priority, max_attempts: 3, submitter: null, hit: null };
}

/** Copies of the first job as ended ones, with two events each, made by SQL. */
function fill(file, ended) {
  if (ended === 0) return;
  const database = new Sqlite(file);
  database.pragma('synchronous = OFF');
  database
    .prepare(
      `INSERT INTO jobs (id, state, config_hash, source_hash, track_id, priority, attempts, max_attempts,
         submitted_at, started_at, finished_at, result, spec)
       SELECT printf('00000000-%012x-copy', n), 'done', config_hash, printf('%064d', n),
         printf('track-%d', n * 7919 % 100003), 0, 1, 3, submitted_at, submitted_at, submitted_at, '{}', spec
       FROM jobs, (WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < ?)
         SELECT n FROM count) WHERE jobs.seq = 1`,
    )
    .run(ended);
  database.exec(`INSERT INTO events (job, at, type, attempt, data)
    SELECT seq, submitted_at, 'done', 1, '{}' FROM jobs WHERE state = 'done'`);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

async function load(entry) {
  const outfile = join(dir, `${entry.replaceAll('/', '-')}.mjs`);
  await build({
    entryPoints: [join(project, entry)],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}
