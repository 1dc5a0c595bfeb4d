import Sqlite from 'better-sqlite3';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CollectedRoot } from '../../../helpers/collected-root.ts';
import { age, collect, day } from '../../../helpers/collection.ts';
import { asOrdinaryUser } from '../../../helpers/ordinary-user.ts';
import { scriptedBroker } from '../../../helpers/scripted-broker.ts';
import { verifyTree } from '../../../helpers/verifying.ts';

const at = new CollectedRoot();

describe('what is left behind', () => {
  it('goes: staging and half-written files of the dead, logs and inputs of no job, old evidence', async () => {
    await at.done('1');
    at.runner.behave = (_call, context) => {
      context.log('stdout', 'kept');
      return undefined;
    };
    const job = await at.done('2');
    for (const path of [
      at.layout.staging,
      at.layout.temporary,
      at.layout.quarantine,
      at.layout.logs,
    ])
      await mkdir(path, { recursive: true });
    await mkdir(join(at.layout.staging, 'nobody-1'));
    await writeFile(join(at.layout.logs, 'nobody.log'), 'x');
    await mkdir(join(at.layout.quarantine, `${Date.now() - 40 * day}-1-a-b`));
    await mkdir(join(at.layout.quarantine, `${Date.now() - 4 * day}-1-a-b`));
    const inputs = await readdir(at.layout.inputs);
    const old = new Date(Date.now() - 2 * day);
    for (const name of inputs) await utimes(join(at.layout.inputs, name), old, old);

    const dry = await collect(at.root, { dryRun: true, quarantineMs: 30 * day });
    const swept = {
      staging: 1,
      temporary: 0,
      quarantine: 1,
      logs: 1,
      inputs: 2,
      cache: 0,
      directories: 0,
    };
    expect(dry.swept).toEqual(swept);
    expect((await collect(at.root)).swept).toMatchObject({ ...swept, quarantine: 0 });
    expect((await collect(at.root, { quarantineMs: 30 * day })).swept.quarantine).toBe(1);
    expect(await readdir(at.layout.quarantine)).toHaveLength(1);
    expect(await readdir(at.layout.logs)).toEqual([`${job.job_id}.log`]);
    expect(await readdir(at.layout.inputs)).toEqual([]);
    expect(await readdir(at.layout.trash)).toEqual([]);
  });

  it('goes from the cache: what was not used for long, and what is too much, the least recently used first', async () => {
    const { cache } = at.layout;
    await mkdir(join(cache, 'folder'), { recursive: true });
    for (const [name, days] of Object.entries({ new: 0, used: 1, less: 2, least: 3, old: 31 })) {
      await writeFile(join(cache, name), 'x'.repeat(100));
      const then = new Date(Date.now() - days * day);
      await utimes(join(cache, name), then, then);
    }
    expect((await collect(at.root, { dryRun: true, cacheSize: 250 })).swept.cache).toBe(3);
    expect((await collect(at.root)).swept.cache).toBe(1);
    expect((await readdir(cache)).sort()).toEqual(['folder', 'least', 'less', 'new', 'used']);
    expect((await collect(at.root, { cacheSize: 250 })).swept.cache).toBe(2);
    expect((await readdir(cache)).sort()).toEqual(['folder', 'new', 'used']);
    expect((await collect(at.root, { cacheMs: 0.5 * day })).swept.cache).toBe(1);
    await rename(cache, join(at.dir, 'elsewhere'));
    await symlink(join(at.dir, 'elsewhere'), cache);
    expect((await collect(at.root, { cacheSize: 0 })).swept.cache).toBe(0);
    expect((await readdir(join(at.dir, 'elsewhere'))).sort()).toEqual(['folder', 'new']);
  });

  it('stays where a job needs it: the input of one that waits, or may be run again', async () => {
    const other = scriptedBroker(at.root, at.runner, { work: 'none' });
    // Longer than what the job store takes: it lies in a file from the start.
    const text = `"${'waits'.padEnd(1 << 17)}"`;
    const waiting = await other.submit({ features_text: text, track_id: null });
    await other.close();
    const old = new Date(Date.now() - 2 * day);
    await utimes(waiting.features_path, old, old);
    expect((await collect(at.root)).swept.inputs).toBe(0);
    expect(await readFile(waiting.features_path, 'utf8')).toBe(text);
  });

  it('stays where nobody can tell which jobs need it, for the row of one that failed is damaged', async () => {
    const other = scriptedBroker(at.root, at.runner, { work: 'none' });
    const text = `"${'failed'.padEnd(1 << 17)}"`;
    const failed = await other.submit({ features_text: text });
    await other.cancel(failed.job_id);
    await other.close();
    const jobs = new Sqlite(at.layout.jobs);
    jobs.exec(`UPDATE jobs SET spec = '{' WHERE state = 'canceled'`);
    jobs.close();
    const old = new Date(Date.now() - 2 * day);
    await utimes(failed.features_path, old, old);
    const { swept, notes } = await collect(at.root);
    expect(swept.inputs).toBe(0);
    expect(notes).toEqual([expect.stringMatching(/jobs\.db is damaged: kept inputs stay/)]);
    expect(await readFile(failed.features_path, 'utf8')).toBe(text);
  });

  it('stays where a job needs it, also when the root was moved, and stands under another name', async () => {
    const before = join(at.dir, 'before');
    const after = join(at.dir, 'after');
    const accepting = scriptedBroker(before, at.runner, { work: 'none' });
    const text = `"${'waits'.padEnd(1 << 17)}"`;
    const { job_id, features_path } = await accepting.submit({ features_text: text });
    await accepting.close();
    const old = new Date(Date.now() - 2 * day);
    await utimes(features_path, old, old);
    await rename(before, after);

    expect((await verifyTree(after)).findings).toEqual([]);
    expect((await collect(after)).swept.inputs).toBe(0);
    const working = scriptedBroker(after, at.runner, { work: 'all' });
    await working.start();
    expect(await working.wait(job_id)).toMatchObject({ status: 'done' });
    await working.close();
  });

  it('goes with its time: jobs, then their logs; the latest of a track stays known', async () => {
    at.runner.behave = (_call, context) => {
      context.log('stdout', 'x');
      return undefined;
    };
    const job = await at.done('1', 't');
    age(at.root);
    const report = await collect(at.root);
    expect(report.jobs).toMatchObject({ trimmed: 1, results: 0 });
    expect(report.swept.logs).toBe(1);
    await expect(at.broker.job(job.job_id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await at.broker.history('t')).toHaveLength(1);
    expect((await at.broker.pointer('t')).source_hash).toBe(job.source_hash);
  });

  it('goes beyond so many jobs, but never one that ended a moment ago', async () => {
    await at.done('1');
    await at.done('2');
    expect((await collect(at.root, { keepJobs: 1 })).jobs.trimmed).toBe(0);
    expect((await collect(at.root, { keepJobs: 1, settleMs: 0 })).jobs.trimmed).toBe(1);
  });

  it('is noted where the system refuses to remove it, of many the first ten', async () => {
    await at.done('1');
    await mkdir(at.layout.logs, { recursive: true });
    for (let n = 0; n < 12; n += 1) await writeFile(join(at.layout.logs, `nobody${n}.log`), 'x');
    const { swept, notes } = await asOrdinaryUser(at.dir, async () => {
      await chmod(at.layout.logs, 0o500);
      const report = await collect(at.root);
      await chmod(at.layout.logs, 0o700);
      return report;
    });
    expect(swept.logs).toBe(0);
    expect(notes).toHaveLength(11);
    for (const note of notes.slice(0, 10))
      expect(note).toMatch(/nobody\d+\.log cannot be removed \(EACCES\).*\. ./);
    expect(notes[10]).toBe('more cannot be removed; cab doctor looks at all of it');
  });
});
