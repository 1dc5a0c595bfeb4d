import { open, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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
