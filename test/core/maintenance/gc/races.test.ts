import Sqlite from 'better-sqlite3';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { removableName, type Removable } from '../../../../src/core/model/entry/removable.ts';
import { CollectedRoot } from '../../../helpers/collected-root.ts';
import { age, ageEntries, collect, day } from '../../../helpers/collection.ts';
import { inspectTree } from '../../../helpers/tree.ts';
import { until } from '../../../helpers/until.ts';

const at = new CollectedRoot();

/** Ends the transaction as if another process had condemned this, removed it and released it meanwhile. */
function tellRemoved(queue: Sqlite.Database, what: Removable): void {
  queue
    .prepare(`INSERT INTO condemned (name, lease_boot, lease_until) VALUES (?, 'boot', 0)`)
    .run(removableName(what));
  queue.exec('COMMIT');
  queue.close();
}

describe('what comes alive between the decision and the move', () => {
  /** Does something when the decision has been made and nothing has moved yet. */
  async function meanwhile(act: () => void): Promise<void> {
    let acted = false;
    await collect(at.root, {
      onProgress: ({ step, done }) => {
        if (step !== 'removing entries' || done > 0 || acted) return;
        acted = true;
        act();
      },
    });
    expect(acted).toBe(true);
  }

  it('stays where a hit is committed for it, even one that could not freshen it', async () => {
    const job = await at.done('1');
    age(at.root);
    await meanwhile(() => {
      const jobs = new Sqlite(at.layout.jobs);
      jobs.exec(`INSERT INTO jobs (id, state, config_hash, source_hash, priority, max_attempts, submitted_at,
          finished_at, result, spec)
        SELECT 'zz-new', state, config_hash, source_hash, priority, max_attempts, submitted_at, finished_at,
          result, spec FROM jobs`);
      jobs.close();
    });
    expect(existsSync(at.place(job))).toBe(true);
  });

  it('stays where it was freshened', async () => {
    const job = await at.done('1');
    age(at.root);
    await meanwhile(() => utimesSync(at.place(job), new Date(), new Date()));
    expect(existsSync(at.place(job))).toBe(true);
  });

  it('stays where it was pinned', async () => {
    const job = await at.done('1');
    age(at.root);
    await meanwhile(() => {
      mkdirSync(join(at.layout.pins, job.config_hash), { recursive: true });
      writeFileSync(join(at.layout.pins, job.config_hash, job.source_hash), '');
    });
    expect(existsSync(at.place(job))).toBe(true);
  });

  it('comes back where another program points to it', async () => {
    const job = await at.done('1');
    age(at.root);
    const pointer = { track_id: 'x', ...job.result, artifact: 'a', manifest: 'm', etag: 'e' };
    const { config_hash, source_hash } = job;
    await meanwhile(() => {
      mkdirSync(at.layout.index, { recursive: true });
      writeFileSync(
        at.layout.pointer('x'),
        JSON.stringify({ ...pointer, config_hash, source_hash }),
      );
    });
    expect(existsSync(at.place(job))).toBe(true);
  });

  it('is computed anew by a submission that had seen it as a hit, and came too late to say so', async () => {
    const job = await at.done('1');
    ageEntries(at.root);
    const queue = new Sqlite(at.layout.jobs);
    queue.exec('BEGIN IMMEDIATE');
    const submitted = at.broker.submit({ features_text: '"1"', track_id: 't' });
    // It has claimed its hit, and waits for the job store.
    await until(() => Date.now() - lstatSync(at.place(job)).mtimeMs < day);
    renameSync(at.place(job), join(at.dir, 'moved'));
    tellRemoved(queue, { entry: job });
    const ended = await at.broker.wait((await submitted).job_id);
    expect(ended).toMatchObject({ status: 'done', cached: false, result: job.result });
    await at.broker.idle();
    expect(await inspectTree(at.root)).toMatchObject({ wrong: [], entries: [expect.anything()] });
  });

  describe('is sent once more, where the kept input of a job was taken', () => {
    /** Submits it once more while the job store is held, and takes its file once `isKept`. */
    async function taken(isKept: (replaced: () => boolean) => Promise<unknown>): Promise<void> {
      // Longer than what the job store takes: it lies in a file from the start.
      const features_text = `"${'1'.padEnd(1 << 17)}"`;
      const first = await at.broker.submit({ features_text });
      const { features_path } = await at.broker.wait(first.job_id);
      const queue = new Sqlite(at.layout.jobs);
      queue.exec('BEGIN IMMEDIATE');
      const submitted = at.broker.submit({ features_text, force: true });
      const { ino } = lstatSync(features_path);
      await isKept(() => lstatSync(features_path).ino !== ino);
      rmSync(features_path);
      tellRemoved(queue, { input: features_path });
      const ended = await at.broker.wait((await submitted).job_id);
      expect(ended).toMatchObject({ status: 'done', cached: false });
    }

    it('before it was seen in its place', () =>
      taken(async (replaced) => {
        // In the very turn in which it came there: its directory is still on its way to the disk.
        while (!replaced()) await setImmediate();
      }));

    it('before the job was accepted', () =>
      taken(async (replaced) => {
        await until(replaced);
        // The submission has looked at the file by then, and waits for the job store.
        await delay(200);
      }));
  });
});

it('ends where it is told to, with everything whole, and another one does the rest', async () => {
  const many = 3000;
  for (let n = 0; n < many; n++)
    mkdirSync(at.layout.entry({ config_hash: 'c', source_hash: `s${n}` }), { recursive: true });
  ageEntries(at.root);
  const controller = new AbortController();
  const reason = new Error('enough');
  await expect(
    collect(at.root, {
      signal: controller.signal,
      onProgress: ({ step, done }) => {
        if (step === 'removing entries' && done > 0) controller.abort(reason);
      },
    }),
  ).rejects.toBe(reason);
  const left = readdirSync(join(at.layout.entries, 'c')).length;
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(many);
  expect((await collect(at.root)).entries).toMatchObject({ seen: left, removed: left });
  expect((await collect(at.root, { now: Date.now() + 2 * day })).trash.deleted).toBe(many);
});
