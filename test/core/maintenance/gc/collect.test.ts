import Sqlite from 'better-sqlite3';
import { existsSync } from 'node:fs';
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layoutOf, type Layout } from '../../../../src/core/cas/layout.ts';
import { Pinning } from '../../../../src/core/maintenance/pinning.ts';
import type { LocalBroker } from '../../../../src/core/local-broker.ts';
import { gcReportSchema } from '../../../../src/core/model/gc-report.ts';
import type { JobDocument } from '../../../../src/core/model/job-document.ts';
import { age, ageEntries, collect, day, verdicts } from '../../../helpers/collection.ts';
import { scriptedBroker } from '../../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../../helpers/scripted-runner.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';
import { inspectTree } from '../../../helpers/tree.ts';

let dir: string;
let root: string;
let layout: Layout;
let runner: ScriptedRunner;
let broker: LocalBroker;

beforeEach(async () => {
  dir = await tempDir();
  root = join(dir, 'root');
  layout = layoutOf(root);
  runner = new ScriptedRunner();
  broker = scriptedBroker(root, runner);
});
afterEach(() => broker.close());

/** A job that has ended; the same text is the same entry. */
async function done(text: string, track_id: string | null = null): Promise<JobDocument> {
  const job = await broker.submit({ features_text: JSON.stringify(text), track_id });
  const ended = await broker.wait(job.job_id);
  expect(ended.status).toBe('done');
  return ended;
}

const place = ({ config_hash, source_hash }: JobDocument) =>
  layout.entry({ config_hash, source_hash });

describe('a collection', () => {
  it('finds nothing to do on an empty root, and makes nothing there', async () => {
    expect((await collect(root)).entries).toMatchObject({ seen: 0, removed: 0 });
    expect(existsSync(root)).toBe(false);
  });

  it('removes what is old and not needed, and says of each why', async () => {
    const [first, second, third] = [
      await done('1', 't'),
      await done('2', 't'),
      await done('3', 't'),
    ];
    const [loose, pinned] = [await done('loose'), await done('pinned')];
    age(root);
    const young = await done('young');
    const pinning = new Pinning({ root, manifestName: 'manifest.json' });
    await pinning.pin(`${pinned.config_hash}/${pinned.source_hash}`);
    await pinning.close();

    const dry = await collect(root, { keepLast: 2, dryRun: true });
    expect(verdicts(dry)).toEqual({
      [first.source_hash]: 'remove: no track needs it, older than 30d',
      [second.source_hash]: 'keep: one of the last 2 of track t',
      [third.source_hash]: 'keep: pointer of track t',
      [loose.source_hash]: 'remove: no track needs it, older than 30d',
      [pinned.source_hash]: 'keep: pinned',
      [young.source_hash]: 'keep: younger than 30d',
    });
    expect((await inspectTree(root)).entries).toHaveLength(6);
    expect(existsSync(layout.trash)).toBe(false);
    gcReportSchema.parse(dry);

    const report = await collect(root, { keepLast: 2 });
    expect(report.entries).toMatchObject({ seen: 6, removed: 2, kept: 4, failed: 0 });
    expect(report.entries.removed_bytes).toBe(dry.entries.removed_bytes);
    expect(Object.keys(verdicts(report)).sort()).toEqual(
      [first.source_hash, loose.source_hash].sort(),
    );
    expect(existsSync(place(first))).toBe(false);
    expect(await inspectTree(root)).toMatchObject({ wrong: [], leftovers: [] });
    expect((await collect(root, { keepLast: 2 })).entries).toMatchObject({ removed: 0, kept: 4 });
  });

  it('keeps what a live job may need: its key, and where that leads', async () => {
    const predicted = await done('a');
    runner.publishUnder = { config_hash: 'elsewhere', source_hash: 'b-entry' };
    const led = await done('b');
    expect(led.source_hash).toBe('b-entry');
    age(root);
    // Jobs of another submitter, which nobody runs here.
    const other = scriptedBroker(root, runner, { work: 'none' });
    for (const text of ['a', 'b'])
      await other.submit({ features_text: JSON.stringify(text), force: true, track_id: null });
    await other.close();
    const report = await collect(root, { dryRun: true });
    expect(Object.values(verdicts(report)).every((text) => /^keep: job /.test(text))).toBe(true);
    expect(Object.keys(verdicts(report)).sort()).toEqual(['b-entry', predicted.source_hash].sort());
  });

  it('keeps for a while what a track led to a moment ago, for a reader may hold its pointer', async () => {
    const before = await done('1', 't');
    age(root);
    await done('2', 't');
    const at = verdicts(await collect(root, { dryRun: true }))[before.source_hash];
    expect(at).toBe('keep: track t led to it a moment ago');
    const later = await collect(root, { now: Date.now() + 2 * 3_600_000 });
    expect(verdicts(later)[before.source_hash]).toMatch(/^remove/);
  });

  it('keeps a result that a hit was answered with, though its entry is old', async () => {
    const first = await done('1');
    age(root);
    expect(await done('1')).toMatchObject({ cached: true });
    expect(verdicts(await collect(root, { dryRun: true }))[first.source_hash]).toBe(
      'keep: younger than 30d',
    );
  });

  it('deletes from the trash what has lain there for the grace, and not before', async () => {
    await done('1');
    age(root);
    const now = Date.now();
    await collect(root, { now });
    expect((await collect(root, { now: now + day - 1 })).trash).toMatchObject({
      deleted: 0,
      waiting: 1,
    });
    expect((await collect(root, { now: now + day })).trash).toMatchObject({ deleted: 1 });
    expect(await readdir(layout.trash)).toEqual([]);
  });

  it('leaves an open file to its reader, through the trash and beyond', async () => {
    const { config_hash, source_hash } = await done('1');
    const file = await broker.open({ config_hash, source_hash });
    age(root);
    await collect(root);
    await collect(root, { now: Date.now() + 2 * day });
    expect((await buffer(file.stream())).toString()).toContain('computed from');
  });

  it('computes again what it has taken away, and serves it as before', async () => {
    const before = await done('1', 't');
    age(root);
    await rm(layout.pointer('t'));
    // Without its pointer the track's history still keeps it.
    expect((await collect(root)).entries.removed).toBe(0);
    const loose = await done('loose');
    age(root);
    await collect(root);
    expect(existsSync(place(loose))).toBe(false);
    const again = await done('loose');
    expect(again).toMatchObject({ cached: false, status: 'done', result: loose.result });
    expect(existsSync(place(before))).toBe(true);
    expect((await inspectTree(root)).entries).toHaveLength(2);
  });

  it('removes directories that are empty, and a publisher makes them again', async () => {
    runner.publishUnder = { config_hash: 'own-config', source_hash: 'one' };
    await done('1');
    age(root);
    expect((await collect(root)).swept.directories).toBe(1);
    expect(await readdir(layout.entries)).toEqual([]);
    runner.publishUnder = { config_hash: 'own-config', source_hash: 'two' };
    runner.behave = async () => {
      await mkdir(join(layout.entries, 'own-config'), { recursive: true });
      await collect(root);
      expect(await readdir(layout.entries)).toEqual([]);
      return undefined;
    };
    await done('2');
    expect((await inspectTree(root)).entries).toEqual(['own-config/two']);
  });
});

describe('what comes alive between the decision and the move', () => {
  /** Does something when the decision has been made and nothing has moved yet. */
  async function meanwhile(act: () => void): Promise<void> {
    const controller = new AbortController();
    let acted = false;
    const { collectGarbage } = await import('../../../../src/core/maintenance/gc/index.ts');
    const { Pace, alone } = await import('../../../../src/core/maintenance/pace.ts');
    const { defaultPolicy } = await import('../../../../src/core/maintenance/gc/policy.ts');
    await collectGarbage({
      layout,
      manifestName: 'manifest.json',
      policy: defaultPolicy,
      dryRun: false,
      now: Date.now(),
      pace: new Pace(alone, controller.signal),
      // Asked for each entry that is about to go, when all that keeps others has been read.
      lastRead: () => {
        if (!acted) act();
        acted = true;
        return undefined;
      },
    });
    expect(acted).toBe(true);
  }

  it('stays where a hit is committed for it, even one that could not freshen it', async () => {
    const job = await done('1');
    age(root);
    const file = join(dir, 'sql.db');
    await writeFile(file, '');
    await meanwhile(() => {
      const jobs = new Sqlite(layout.jobs);
      jobs.exec(`INSERT INTO jobs (id, state, config_hash, source_hash, priority, max_attempts, submitted_at,
          finished_at, result, spec)
        SELECT 'zz-new', state, config_hash, source_hash, priority, max_attempts, submitted_at, finished_at,
          result, spec FROM jobs`);
      jobs.close();
    });
    expect(existsSync(place(job))).toBe(true);
  });

  it('stays where it was freshened', async () => {
    const job = await done('1');
    age(root);
    const { utimesSync } = await import('node:fs');
    await meanwhile(() => utimesSync(place(job), new Date(), new Date()));
    expect(existsSync(place(job))).toBe(true);
  });

  it('stays where it was pinned', async () => {
    const job = await done('1');
    age(root);
    const { mkdirSync, writeFileSync } = await import('node:fs');
    await meanwhile(() => {
      mkdirSync(join(layout.pins, job.config_hash), { recursive: true });
      writeFileSync(join(layout.pins, job.config_hash, job.source_hash), '');
    });
    expect(existsSync(place(job))).toBe(true);
  });

  it('comes back where another program points to it', async () => {
    const job = await done('1');
    age(root);
    const { mkdirSync, writeFileSync } = await import('node:fs');
    const pointer = { track_id: 'x', ...job.result, artifact: 'a', manifest: 'm', etag: 'e' };
    const { config_hash, source_hash } = job;
    await meanwhile(() => {
      mkdirSync(layout.index, { recursive: true });
      writeFileSync(layout.pointer('x'), JSON.stringify({ ...pointer, config_hash, source_hash }));
    });
    expect(existsSync(place(job))).toBe(true);
  });

  it('is computed anew by a submission that had seen it as a hit, and was too late', async () => {
    const job = await done('1', 't');
    await rm(layout.pointer('t'));
    const jobs = new Sqlite(layout.jobs);
    jobs.exec('DELETE FROM history');
    jobs.close();
    age(root);
    // The submitter has claimed its hit when the collection begins to move, and freshening is undone.
    const slow = scriptedBroker(root, runner);
    const submitted = Promise.all([
      slow.submit({ features_text: JSON.stringify('1'), track_id: 't' }),
      (async () => {
        for (let round = 0; round < 30; round++) {
          ageEntries(root);
          await collect(root);
        }
      })(),
    ]);
    const [{ job_id }] = await submitted;
    const ended = await slow.wait(job_id);
    await slow.close();
    expect(ended.status).toBe('done');
    expect(existsSync(place(job))).toBe(true);
    expect((await inspectTree(root)).wrong).toEqual([]);
  });
});

describe('the trash', () => {
  it('gives back what a pointer leads to by now, before it is deleted', async () => {
    const job = await done('1');
    age(root);
    await collect(root);
    const { config_hash, source_hash, result } = job;
    await mkdir(layout.index, { recursive: true });
    const pointer = { config_hash, source_hash, etag: result?.etag, track_id: 'x' };
    await writeFile(
      layout.pointer('x'),
      JSON.stringify({ ...pointer, artifact: 'historical_echo.json', manifest: 'manifest.json' }),
    );
    expect((await collect(root, { now: Date.now() + 3 * day, dryRun: true })).trash.put_back).toBe(
      1,
    );
    expect((await collect(root, { now: Date.now() + 3 * day })).trash).toMatchObject({
      put_back: 1,
      deleted: 0,
    });
    expect(await inspectTree(root)).toMatchObject({ wrong: [] });
    expect((await broker.pointer('x')).source_hash).toBe(source_hash);
  });

  it('leaves a new entry in its place, and deletes the old one', async () => {
    const job = await done('1');
    age(root);
    await collect(root);
    await done('1', 'x');
    const report = await collect(root, { now: Date.now() + 3 * day });
    expect(report.trash).toMatchObject({ put_back: 0, deleted: 1 });
    expect(existsSync(place(job))).toBe(true);
    expect((await inspectTree(root)).wrong).toEqual([]);
  });

  it('counts the grace from now on where the clock was set back behind its stamp', async () => {
    await done('1');
    age(root);
    const now = Date.now();
    await collect(root, { now: now + 400 * day });
    expect((await collect(root, { now })).trash).toMatchObject({ waiting: 1 });
    expect((await collect(root, { now: now + day })).trash).toMatchObject({ deleted: 1 });
  });

  it('finishes what a killed collection had begun to delete', async () => {
    await mkdir(join(layout.trash, 'deleting-x', 'c', 's'), { recursive: true });
    await writeFile(join(layout.trash, 'deleting-x', 'c', 's', 'file'), 'x');
    await collect(root);
    expect(await readdir(layout.trash)).toEqual([]);
  });

  it('follows no link out of it', async () => {
    const outside = join(dir, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'precious'), 'x');
    await mkdir(join(layout.trash, 'deleting-x'), { recursive: true });
    await symlink(outside, join(layout.trash, 'deleting-x', 'link'));
    await collect(root);
    expect(await readdir(layout.trash)).toEqual([]);
    expect(await readdir(outside)).toEqual(['precious']);
  });
});

describe('--max-size', () => {
  it('takes the least recently read of what only its age keeps, until the rest fits', async () => {
    const jobs = [await done('1'), await done('2'), await done('3'), await done('t', 'track')];
    age(root, 2 * day);
    const [one, two, three] = jobs.map(({ source_hash }) => source_hash);
    const lastRead = ({ source_hash }: { source_hash: string }) =>
      source_hash === one ? Date.now() - 5 * 3_600_000 : undefined;
    const { entries } = await collect(root, { maxSize: 1, dryRun: true });
    expect(entries).toMatchObject({ removed: 3, kept: 1, over: expect.any(Number) });
    expect(entries.over).toBeGreaterThan(0);
    const bytes = entries.removed_bytes / 3;
    const maxSize = Math.ceil((entries.kept_bytes ?? 0) + bytes);
    const report = await collect(root, { maxSize, lastRead });
    expect(Object.keys(verdicts(report)).sort()).toEqual([two, three].sort());
    expect(report.entries).toMatchObject({ over: 0, kept: 2 });
    expect(report.entries.kept_bytes).toBeLessThanOrEqual(maxSize);
  });

  it('leaves what was used within the last hour, and says that the rest is too much', async () => {
    await done('1');
    const { entries, notes } = await collect(root, { maxSize: 1 });
    expect(entries).toMatchObject({ removed: 0, kept: 1 });
    expect(notes).toEqual([expect.stringContaining('above --max-size')]);
  });
});

describe('refuses, and touches nothing', () => {
  const refused = async (code: string, words: RegExp, asked = {}) => {
    const before = await readdir(root, { recursive: true });
    await expect(collect(root, { keepMs: 0, settleMs: 0, ...asked })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(words),
    });
    expect(await readdir(root, { recursive: true })).toEqual(before);
  };

  beforeEach(async () => {
    await done('1');
    await done('2', 't');
    // The last word on the pointer comes after the job is done.
    await broker.idle();
    age(root);
  });

  it('where a pointer cannot be parsed', async () => {
    await writeFile(layout.pointer('t'), '{"track_id": 7}');
    await refused('store_unreadable', /t\.json: track_id/);
    await writeFile(layout.pointer('t'), '{');
    await refused('store_unreadable', /t\.json is not JSON/);
  });

  it('where the job store cannot be read', async () => {
    await broker.close();
    await appendFile(layout.jobs, '');
    await writeFile(layout.jobs, 'this is no database, but long enough to have a header'.repeat(9));
    await refused('queue_unreadable', /jobs\.db is not a database/);
  });

  it('where a row of the job store is damaged', async () => {
    const jobs = new Sqlite(layout.jobs);
    jobs.exec(`UPDATE jobs SET spec = '{', state = 'pending', finished_at = NULL, result = NULL`);
    jobs.close();
    await refused('queue_unreadable', /job store/);
  });

  it.skipIf(process.getuid?.() === 0)('where a directory cannot be read', async () => {
    const [config = ''] = (await readdir(layout.entries)).filter((name) => name !== 'index');
    await chmod(join(layout.entries, config), 0o000);
    await expect(collect(root)).rejects.toMatchObject({
      code: 'store_unreadable',
      message: expect.stringContaining(config),
    });
    await chmod(join(layout.entries, config), 0o755);
  });

  it('where earlier results are to stay, and there is no job store to name them', async () => {
    await broker.close();
    await rename(layout.jobs, join(dir, 'jobs.db'));
    await refused('store_unreadable', /no job store/, { keepLast: 3 });
  });
});

it('goes by pointers, pins and age where there is no job store, and makes one to hold its lock', async () => {
  const [loose, tracked] = [await done('1'), await done('2', 't')];
  age(root);
  await broker.close();
  await rm(layout.private, { recursive: true });
  const report = await collect(root);
  expect(report.notes).toEqual([expect.stringContaining('no job store')]);
  expect([existsSync(place(loose)), existsSync(place(tracked))]).toEqual([false, true]);
  expect(existsSync(layout.jobs)).toBe(true);
});

it('leaves alone what is no entry', async () => {
  await done('1');
  await writeFile(join(layout.entries, 'a file'), 'x');
  await mkdir(join(layout.entries, '.hidden', 'x'), { recursive: true });
  age(root);
  await rm(join(layout.entries, '.hidden', 'x'), { recursive: true });
  expect((await collect(root)).entries).toMatchObject({ seen: 1, removed: 1 });
  expect((await readdir(layout.entries)).sort()).toEqual(['.hidden', 'a file']);
});

describe('what is left behind', () => {
  it('goes: staging and half-written files of the dead, logs and inputs of no job, old evidence', async () => {
    await done('1');
    runner.behave = (_call, context) => {
      context.log('stdout', 'kept');
      return undefined;
    };
    const job = await done('2');
    for (const path of [layout.staging, layout.temporary, layout.quarantine, layout.logs])
      await mkdir(path, { recursive: true });
    await mkdir(join(layout.staging, 'nobody-1'));
    await writeFile(join(layout.logs, 'nobody.log'), 'x');
    await mkdir(join(layout.quarantine, `${Date.now() - 40 * day}-1-a-b`));
    await mkdir(join(layout.quarantine, `${Date.now() - 4 * day}-1-a-b`));
    const inputs = await readdir(layout.inputs);
    const old = new Date(Date.now() - 2 * day);
    for (const name of inputs) await utimes(join(layout.inputs, name), old, old);

    const dry = await collect(root, { dryRun: true, quarantineMs: 30 * day });
    const swept = { staging: 1, temporary: 0, quarantine: 1, logs: 1, inputs: 2, directories: 0 };
    expect(dry.swept).toEqual(swept);
    expect((await collect(root)).swept).toMatchObject({ ...swept, quarantine: 0 });
    expect((await collect(root, { quarantineMs: 30 * day })).swept.quarantine).toBe(1);
    expect(await readdir(layout.quarantine)).toHaveLength(1);
    expect(await readdir(layout.logs)).toEqual([`${job.job_id}.log`]);
    expect(await readdir(layout.inputs)).toEqual([]);
    expect(await readdir(layout.trash)).toEqual([]);
  });

  it('stays where a job needs it: the input of one that waits, or may be run again', async () => {
    const other = scriptedBroker(root, runner, { work: 'none' });
    const waiting = await other.submit({ features_text: '"waits"', track_id: null });
    await other.close();
    const old = new Date(Date.now() - 2 * day);
    await utimes(waiting.features_path, old, old);
    expect((await collect(root)).swept.inputs).toBe(0);
    expect(await readFile(waiting.features_path, 'utf8')).toBe('"waits"');
  });

  it('goes with its time: jobs, then their logs; the latest of a track stays known', async () => {
    runner.behave = (_call, context) => {
      context.log('stdout', 'x');
      return undefined;
    };
    const job = await done('1', 't');
    age(root);
    const report = await collect(root);
    expect(report.jobs).toMatchObject({ trimmed: 1, results: 0 });
    expect(report.swept.logs).toBe(1);
    await expect(broker.job(job.job_id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await broker.history('t')).toHaveLength(1);
    expect((await broker.pointer('t')).source_hash).toBe(job.source_hash);
  });

  it('goes beyond so many jobs, but never one that ended a moment ago', async () => {
    await done('1');
    await done('2');
    expect((await collect(root, { keepJobs: 1 })).jobs.trimmed).toBe(0);
    expect((await collect(root, { keepJobs: 1, settleMs: 0 })).jobs.trimmed).toBe(1);
  });
});

it('ends where it is told to, with everything whole, and another one does the rest', async () => {
  for (let n = 0; n < 30; n++) await done(String(n));
  age(root);
  const controller = new AbortController();
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(
    collect(root, {
      signal: controller.signal,
      lastRead: () => {
        const end = performance.now() + 5;
        while (performance.now() < end);
        return undefined;
      },
    }),
  ).rejects.toBe(reason);
  expect(await inspectTree(root)).toMatchObject({ wrong: [] });
  expect((await collect(root)).entries.removed).toBe(30);
});
