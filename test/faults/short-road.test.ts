/** Processes that are killed on the short road (core/engine/attempt/outcome/short-road.ts), and whoever opens the root after them. */
import { spawnSync } from 'node:child_process';
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import { openBroker } from '../../src/index.ts';
import { cab, cleanEnvironment, program, type Ended } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { asOrdinaryUser } from '../helpers/ordinary-user.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';
import { chooseSeed, longTimeout, someOf } from './rig/sizes.ts';

const runner = 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';
const songs = 12;
const placesOfRoad = ['kept', 'placed', 'concluded', 'flushed', 'dropped'] as const;

interface Root {
  readonly dir: string;
  readonly root: string;
  readonly submit: (env: Record<string, string>, ...more: string[]) => Promise<Ended>;
  readonly documents: () => Promise<JobDocument[]>;
  readonly cab: (...args: string[]) => Promise<Ended>;
}

async function newRoot(): Promise<Root> {
  const dir = await tempDir();
  const root = join(dir, 'tree');
  const files = Array.from({ length: songs }, (_, n) => join(dir, `song-${n}.json`));
  await Promise.all(files.map((file, n) => writeFile(file, `{"n":${n}}`)));
  const all = ['--cas-root', root];
  const run = (...args: string[]): Promise<Ended> => cab([...args, ...all]);
  return {
    ...{ dir, root, cab: run },
    submit: (env, ...more) =>
      cab(
        ['submit', ...files, ...all, '--runner', runner, '--concurrency', '6', '--wait', ...more],
        { env },
      ),
    documents: async () => {
      const { stdout } = await run('status', '--json', '--limit', '100');
      return (JSON.parse(stdout) as { jobs: JobDocument[] }).jobs;
    },
  };
}

const rowsIn = (root: string): number => {
  const db = new Database(join(root, '.cab/jobs.db'), { readonly: true });
  try {
    return db.prepare<[], { n: number }>('SELECT count(*) AS n FROM unwritten').get()?.n ?? -1;
  } finally {
    db.close();
  }
};

/** As a loss of power leaves it: the rows are of another boot, and files that were not flushed are empty. */
async function losePower({ root, documents }: Root): Promise<JobDocument> {
  const done = (await documents()).filter(({ status }) => status === 'done');
  const db = new Database(join(root, '.cab/jobs.db'));
  db.exec(`UPDATE unwritten SET boot = 'earlier', writer = replace(writer, '/', '/earlier-')`);
  const keys = db.prepare<[], { source_hash: string }>('SELECT source_hash FROM unwritten').all();
  db.close();
  await writeFile(join(root, '.cab/unwritten'), 'earlier\n');
  const job = done.find(({ source_hash }) => keys.some((key) => key.source_hash === source_hash));
  if (job === undefined) throw new Error('no job that is done has a row');
  const place = join(root, 'echo', job.config_hash, job.source_hash);
  for (const name of await readdir(place)) {
    await chmod(join(place, name), 0o644);
    await writeFile(join(place, name), '');
  }
  await writeFile(join(root, 'echo/index', `${String(job.track_id)}.json`), '');
  return job;
}

/** A root whose last process was killed when its jobs were done and not yet flushed. */
async function killedBeforeFlush(): Promise<Root> {
  const made = await newRoot();
  const { signal } = await made.submit({ CAB_FAILPOINTS: 'road.flushed=kill' });
  expect(signal).toBe('SIGKILL');
  expect(rowsIn(made.root)).toBeGreaterThan(0);
  return made;
}

describe('a process that is killed on the short road', () => {
  it.each(someOf(placesOfRoad, 2, chooseSeed('short road')))(
    'after %s loses nothing',
    { timeout: longTimeout },
    async (place) => {
      const { root, submit, documents, cab: run } = await newRoot();
      const killed = await submit({
        CAB_FAILPOINTS: `road.${place}=kill@${place === 'kept' ? 3 : 1}`,
      });
      expect(killed.signal).toBe('SIGKILL');
      expect((await inspectTree(root)).wrong).toEqual([]);
      expect(await submit({}, '--adopt')).toMatchObject({ code: 0 });
      const jobs = await documents();
      expect(jobs.filter(({ status }) => status !== 'done')).toEqual([]);
      // If every job was a hit, no worker has begun.
      expect((await run('gc')).code).toBe(0);
      expect(rowsIn(root)).toBe(0);
      expect(await inspectTree(root)).toMatchObject({ wrong: [], leftovers: [] });
      expect((await run('verify')).code).toBe(0);
    },
  );

  it('leaves outcomes that another process tells, without a second run', async () => {
    const { root, submit, documents } = await newRoot();
    await submit({ CAB_FAILPOINTS: 'road.kept=kill@6' });
    const kept = rowsIn(root);
    expect(kept).toBeGreaterThan(0);
    const before = await documents();
    const daemon = await daemonProcess({ root, args: ['--runner', runner] });
    await fetch(`${daemon.url}/echo/jobs/${before[0]?.job_id ?? ''}?wait=20`);
    expect(await daemon.end('SIGTERM')).toBe(0);
    const running = before.filter(({ status }) => status === 'running').map(({ job_id }) => job_id);
    const ended = (await documents()).filter(({ job_id }) => running.includes(job_id));
    expect(ended.filter(({ attempts, status }) => status === 'done' && attempts === 1).length).toBe(
      kept,
    );
  });
});

describe('what was lost with the power is given back', () => {
  it('to a command that reads', async () => {
    const made = await killedBeforeFlush();
    const { track_id, source_hash, config_hash } = await losePower(made);
    const got = await made.cab('get', `${config_hash}/${source_hash}`, '--output', '-');
    const song = await readFile(join(made.dir, `${String(track_id)}.json`), 'utf8');
    expect(got).toMatchObject({ code: 0, stdout: song });
    expect((await made.cab('get', String(track_id), '--output', '-')).code).toBe(0);
    expect(rowsIn(made.root)).toBe(0);
  });

  it('to a daemon', async () => {
    const made = await killedBeforeFlush();
    const { track_id } = await losePower(made);
    const daemon = await daemonProcess({ root: made.root, args: ['--runner', runner] });
    expect((await fetch(`${daemon.url}/echo/index/${String(track_id)}.json`)).status).toBe(200);
    expect(await daemon.end('SIGTERM')).toBe(0);
    expect(await inspectTree(made.root)).toMatchObject({ wrong: [] });
  });

  it('to a program that embeds cab, and to verify', async () => {
    const made = await killedBeforeFlush();
    const { track_id, source_hash } = await losePower(made);
    const broker = await openBroker({ root: made.root, work: 'none' });
    expect((await broker.pointer(String(track_id))).source_hash).toBe(source_hash);
    await broker.close();
    expect((await made.cab('verify')).code).toBe(0);
  });

  it('not to a reader who may not write, who is told so', async () => {
    const made = await killedBeforeFlush();
    const { track_id, config_hash, source_hash } = await losePower(made);
    await asOrdinaryUser(made.dir, async () => {
      await chmod(join(made.root, '.cab/jobs.db'), 0o400);
      await chmod(join(made.root, '.cab'), 0o500);
      const broker = await openBroker({ root: made.root, work: 'none' });
      await expect(broker.pointer(String(track_id))).rejects.toMatchObject({
        code: 'store_unreadable',
        hint: expect.stringMatching(/cab gc --flush/) as unknown,
      });
      await expect(broker.open({ config_hash, source_hash })).rejects.toThrow();
      await broker.close();
      await chmod(join(made.root, '.cab'), 0o700);
      await chmod(join(made.root, '.cab/jobs.db'), 0o600);
    });
    expect((await made.cab('gc', '--flush', '--json')).stdout).toMatch(/"left":0/);
    expect((await made.cab('get', String(track_id), '--output', '-')).code).toBe(0);
  });
});

describe('a row that cannot be written', () => {
  it('does not keep the others from being written, nor their jobs from ending', async () => {
    const { root, submit, documents, cab: run } = await newRoot();
    await submit({ CAB_FAILPOINTS: 'road.kept=kill@6' });
    const db = new Database(join(root, '.cab/jobs.db'));
    db.exec(`UPDATE unwritten SET sizes = '[1]' WHERE seq = 2`);
    db.exec(`UPDATE unwritten SET writer = 'nobody' WHERE seq = 3`);
    // As an earlier program might have kept it: no file system takes such a name.
    db.exec(
      `UPDATE unwritten SET sizes = replace(sizes, 'output', '${'x'.repeat(300)}') WHERE seq = 4`,
    );
    db.close();
    expect(await submit({}, '--adopt')).toMatchObject({ code: 0 });
    expect((await documents()).filter(({ status }) => status !== 'done')).toEqual([]);
    expect((await run('gc', '--flush')).code).toBe(0);
    expect(rowsIn(root)).toBe(0);
    expect((await run('verify')).code).toBe(0);
  });

  it('of another boot leaves the mark as it is, and jobs take the old road', async () => {
    const made = await killedBeforeFlush();
    const { config_hash } = await losePower(made);
    const { root } = made;
    // Nothing can be put in the place of this entry, nor aside.
    const place = join(root, 'echo', config_hash);
    await rm(place, { recursive: true });
    await writeFile(place, 'in the way');
    await writeFile(join(root, '.cab/quarantine'), 'in the way');
    const files = await newRoot();
    const more = await cab(
      ['submit', join(files.dir, 'song-1.json'), join(files.dir, 'song-2.json')].concat(
        ['--cas-root', root, '--runner', 'sh:echo other > "$CAB_ARTIFACT_PATH"', '--no-track'],
        ['--concurrency', '6', '--wait'],
      ),
    );
    expect(more.code).toBe(0);
    expect(await readFile(join(root, '.cab/unwritten'), 'utf8')).toBe('earlier\n');
    const refused = await made.cab('get', 'song-1');
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/restarted before all results/);
    await rm(place);
    await rm(join(root, '.cab/quarantine'));
    expect((await made.cab('gc', '--flush')).code).toBe(0);
    expect((await made.cab('get', 'song-1')).code).toBe(0);
  });
});

it('flushes more files than a process may have open', async () => {
  const { dir, root } = await newRoot();
  const many = join(dir, 'many.mjs');
  await writeFile(
    many,
    `export const version = '1';
     export const run = ({ source_hash }) => ({
       artifact: { source_hash },
       files: Object.fromEntries(Array.from({ length: 100 }, (_, n) => ['f' + n, 'x'])),
     });`,
  );
  const files = Array.from({ length: songs }, (_, n) => join(dir, `song-${n}.json`));
  const limited = ['-c', `ulimit -n 128; exec "$@"`, 'sh', process.execPath, program];
  const { status, stderr } = spawnSync(
    'sh',
    [
      ...limited,
      'submit',
      ...files,
      '--cas-root',
      root,
      '--runner',
      many,
      '--concurrency',
      '6',
    ].concat('--wait'),
    { env: cleanEnvironment(), encoding: 'utf8' },
  );
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(rowsIn(root)).toBe(0);
});
