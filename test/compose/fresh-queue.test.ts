import { chmod, open, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunnerCall } from '../../src/core/ports/runner.ts';
import { layoutOf } from '../../src/stores/local/layout.ts';
import { replaceJobStore } from '../../src/compose/upkeep/doctor-root.ts';
import { Database } from '../../src/stores/sqlite/database/database.ts';
import { scriptedBroker } from '../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { fileNames } from '../helpers/file-names.ts';

const pageSize = 4096;
const tracks = 40;
const waiting = 60;

/** A root with jobs that have ended, jobs that wait, and a track whose pointer a hit has moved back. */
async function usedRoot() {
  const root = await tempDir();
  const broker = scriptedBroker(root, new ScriptedRunner());
  const done = [];
  for (let number = 0; number < tracks; number += 1) {
    const request = { features_text: `[${number}]`, track_id: `song ${number % 20}` };
    done.push((await broker.submit(request)).job_id);
  }
  await broker.idle();
  await broker.submit({ features_text: '[0]', track_id: 'song 0' });
  await broker.close();
  const queuer = scriptedBroker(root, new ScriptedRunner(), { work: 'none' });
  const pending = [];
  for (let number = 0; number < waiting; number += 1) {
    const { job_id } = await queuer.submit({ features_text: `["later ${number}"]` });
    pending.push(job_id);
  }
  const history = await queuer.history('song 0');
  await queuer.close();
  return { root, layout: layoutOf(root), done, pending, history };
}

const begin = (root: string) => replaceJobStore({ root, ...fileNames });

async function overwrite(file: string, at: number, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.write(bytes, 0, bytes.length, at);
  } finally {
    await handle.close();
  }
}

/** The page at which a table or an index begins, from 1. */
async function rootPageOf(file: string, name: string): Promise<number> {
  const db = await Database.open(file);
  try {
    return Number(db.value('SELECT rootpage FROM sqlite_schema WHERE name = @name', { name }));
  } finally {
    await db.close();
  }
}

describe('a fresh queue in the place of a damaged one', () => {
  it('keeps the damaged file as it was, and says where', async () => {
    const { root, layout } = await usedRoot();
    await overwrite(layout.jobs, 0, Buffer.alloc(100, 'x'));
    const damaged = await readFile(layout.jobs);
    const { aside } = await begin(root);
    expect(aside.startsWith(layout.quarantine)).toBe(true);
    expect((await readFile(join(aside, 'jobs.db'))).equals(damaged)).toBe(true);
    expect(await readdir(aside)).not.toContain('work');
  });

  it('tells the histories of tracks from entries and pointers where the file tells nothing', async () => {
    const { root, layout, history } = await usedRoot();
    await writeFile(layout.jobs, 'not a database');
    expect(await begin(root)).toMatchObject({ jobs: 0, history: 0, retold: tracks + 1 });
    const broker = scriptedBroker(root, new ScriptedRunner());
    const told = await broker.history('song 0');
    expect(told.map(({ source_hash }) => source_hash)).toEqual(
      history.map(({ source_hash }) => source_hash),
    );
    expect(told.slice(1).map(({ job_id }) => job_id)).toEqual(
      history.slice(1).map(({ job_id }) => job_id),
    );
    const next = await broker.submit({ features_text: '["next"]', track_id: 'song 0' });
    await broker.wait(next.job_id);
    expect((await broker.history('song 0'))[0]?.job_id).toBe(next.job_id);
    await broker.close();
  });

  it('loses no job where an index alone is damaged', async () => {
    const { root, layout, done, pending } = await usedRoot();
    const page = await rootPageOf(layout.jobs, 'jobs_ready');
    await overwrite(layout.jobs, (page - 1) * pageSize, Buffer.alloc(pageSize, 0xff));
    expect(await begin(root)).toMatchObject({ jobs: done.length + 1 + pending.length });
    const broker = scriptedBroker(root, new ScriptedRunner(), { work: 'all' });
    await broker.start();
    for (const id of pending) expect((await broker.wait(id)).status).toBe('done');
    await broker.close();
  });

  it('loses what lay on a damaged page, and no more', async () => {
    const { root, layout, done, pending } = await usedRoot();
    const first = await rootPageOf(layout.jobs, 'jobs');
    const { length } = await readFile(layout.jobs);
    const before = done.length + 1 + pending.length;
    // A leaf of the table in the middle of the file: its page begins with the mark of a leaf, and is not the root.
    const bytes = await readFile(layout.jobs);
    const leaves = Array.from({ length: length / pageSize }, (_, index) => index + 1).filter(
      (page) =>
        page > first &&
        bytes[(page - 1) * pageSize] === 0x0d &&
        bytes.subarray((page - 1) * pageSize, page * pageSize).includes('"input":'),
    );
    const leaf = leaves[Math.floor(leaves.length / 2)] ?? 0;
    expect(leaf).toBeGreaterThan(0);
    await overwrite(layout.jobs, (leaf - 1) * pageSize, Buffer.alloc(pageSize, 0xff));
    const { jobs } = await begin(root);
    expect(jobs).toBeLessThan(before);
    expect(jobs).toBeGreaterThan(before - 20);
    const broker = scriptedBroker(root, new ScriptedRunner(), { work: 'all' });
    const counts = await broker.counts();
    expect(counts.pending + counts.done).toBe(jobs);
    await broker.start();
    await broker.idle();
    expect(await broker.counts()).toMatchObject({ pending: 0, running: 0, error: 0, done: jobs });
    await broker.close();
  });
});

describe('the histories that a fresh queue is told', () => {
  /** A root with one entry, whose job store is gone. `own`: what its runner says in the manifest. */
  async function lostStore(own: (call: RunnerCall) => object, track_id: string | null) {
    const root = await tempDir();
    const runner = new ScriptedRunner();
    runner.behave = async (call) => {
      const manifest = join(dirname(call.artifact_path), 'manifest.json');
      await writeFile(call.artifact_path, '"made"');
      await writeFile(manifest, JSON.stringify(own(call)));
      return { artifact: call.artifact_path, manifest };
    };
    const broker = scriptedBroker(root, runner);
    const text = JSON.stringify('sent'.padEnd(1 << 17));
    const { job_id } = await broker.submit({ features_text: text, track_id });
    const job = await broker.wait(job_id);
    expect(job.status).toBe('done');
    await broker.close();
    const layout = layoutOf(root);
    await writeFile(layout.jobs, 'not a database');
    return { root, manifest: join(layout.entry(job), 'manifest.json'), layout };
  }

  it('have the results of a track that a runner names', async () => {
    const { root } = await lostStore(() => ({ track_id: 'named' }), null);
    expect(await begin(root)).toMatchObject({ retold: 1 });
  });

  it('have none of a track that is the name of an input that was sent', async () => {
    const { root } = await lostStore(
      ({ features_path }) => ({
        track_id: basename(features_path, '.json'),
        runner: { input_features_path: features_path },
      }),
      null,
    );
    expect(await begin(root)).toMatchObject({ retold: 0 });
  });

  it('have none of an entry that names no job, as other programs leave it', async () => {
    const { root, manifest, layout } = await lostStore(() => ({}), 'song');
    const { job_id, cab_version, manifest_sha256, ...foreign } = JSON.parse(
      await readFile(manifest, 'utf8'),
    ) as Record<string, unknown>;
    expect([job_id, cab_version, manifest_sha256]).not.toContain(undefined);
    await chmod(manifest, 0o644);
    await writeFile(manifest, JSON.stringify(foreign));
    await rm(layout.pointer('song'));
    expect(await begin(root)).toMatchObject({ retold: 0 });
  });
});
