/** The desktop app of the reference as it really calls: no database, polling, pointer, artifact, 304. */
import Sqlite from 'better-sqlite3';
import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const fixtures = join(import.meta.dirname, '../fixtures');
const song = { tempo: 120, energy: 0.7, valence: 0.5, loudness: -8 };

let dir: string;
let features_path: string;

beforeEach(async () => {
  dir = await tempDir();
  features_path = join(dir, 'wip.features.json');
  await writeFile(features_path, JSON.stringify(song));
});

interface Job {
  readonly job_id: string;
  readonly status: string;
  readonly cached: boolean;
  readonly error: string | null;
  readonly result: { readonly etag: string } | null;
}

function clientOf(url: string) {
  const json = async <T>(path: string): Promise<T> => (await (await fetch(url + path)).json()) as T;
  const run = async (body: object): Promise<Job> => {
    const answer = await fetch(`${url}/echo/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(202);
    const { job_id } = (await answer.json()) as Job;
    return until(async () => {
      const job = await json<Job>(`/echo/jobs/${job_id}`);
      return !['pending', 'running'].includes(job.status) && job;
    });
  };
  const pointer = (track: string) =>
    json<{ artifact: string; manifest: string; etag: string }>(`/echo/index/${track}.json`);
  const statusOf = async (path: string, etag: string): Promise<number> =>
    (await fetch(url + path, { headers: { 'if-none-match': etag } })).status;
  return { json, run, pointer, statusOf };
}

it('lives on a daemon whose database is its own: named, hashed, and computed again when it changes', async () => {
  const db = join(dir, 'spine.db');
  await writeFile(db, gunzipSync(readFileSync(join(fixtures, 'historical-echo/spine.db.gz'))));
  const root = join(dir, 'root');
  const first = await daemonProcess({ root, args: ['--db', db] });
  const app = clientOf(first.url);
  const job = await app.run({ features_path, track_id: 'wip' });
  expect(job).toMatchObject({ status: 'done', error: null });
  const { artifact, manifest, etag } = await app.pointer('wip');
  expect(etag).toBe(job.result?.etag);
  const result = await app.json<{ neighbors: unknown[]; generated_at: string }>(artifact);
  expect(result.neighbors.length).toBeGreaterThan(0);
  expect(result.generated_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$/);
  expect((await app.json<{ db_hash: string }>(manifest)).db_hash).toMatch(/^[0-9a-f]{64}$/);
  for (const tag of [etag, `"${etag}"`]) expect(await app.statusOf(artifact, tag)).toBe(304);

  expect(await app.run({ features_path, track_id: 'wip' })).toMatchObject({ cached: true });
  const spine = new Sqlite(db);
  spine.exec("UPDATE spine_master_v1_lanes SET title = title || ' (again)'");
  spine.close();
  const again = await app.run({ features_path, track_id: 'wip' });
  expect(again).toMatchObject({ status: 'done', cached: false });
  expect(again.result?.etag).not.toBe(etag);
  await first.end();

  // The next session asks for the pointer alone.
  const second = await daemonProcess({ root, env: { CAB_DB: db } });
  const later = clientOf(second.url);
  const standing = await later.pointer('wip');
  expect(standing.etag).toBe(again.result?.etag);
  expect(await later.statusOf(standing.artifact, standing.etag)).toBe(304);
  expect(await later.run({ features_path })).toMatchObject({ status: 'done', cached: true });
});

const runner = `
import hashlib, json, os
from pathlib import Path

def run(*, features_path, out_root, track_id, run_id, config_hash, db_path, db_hash, probe_kwargs):
    own = Path(os.environ["MA_DATA_ROOT"]) / "own.db"
    home = Path(out_root) / "echo" / config_hash / "src"
    home.mkdir(parents=True)
    artifact = home / "historical_echo.json"
    artifact.write_text(json.dumps({"read": own.read_text(), "given": db_path and str(db_path), "track": track_id}))
    digest = hashlib.sha256(artifact.read_bytes()).hexdigest()
    (home / "manifest.json").write_text(json.dumps({"artifact": {"sha256": digest, "etag": digest}}))
    return {"artifact": artifact, "manifest": home / "manifest.json"}
`;

it('a Python runner that reads a database of its own works where the daemon has none, which says what follows', async () => {
  await writeFile(join(dir, 'own_db.py'), runner);
  await mkdir(join(dir, 'data'));
  await writeFile(join(dir, 'data/own.db'), 'songs');
  const daemon = await daemonProcess({
    root: join(dir, 'root'),
    cwd: dir,
    program: join(import.meta.dirname, '../../bin/serve.js'),
    args: ['--runner', 'own_db:run'],
    env: { MA_DATA_ROOT: join(dir, 'data') },
  });
  const app = clientOf(daemon.url);
  expect(await app.run({ features_path, track_id: 'wip' })).toMatchObject({ status: 'done' });
  const { artifact } = await app.pointer('wip');
  expect(await app.json(artifact)).toEqual({ read: 'songs', given: null, track: 'wip' });
  expect(daemon.log()).toContain('no database is named');
});
