import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobStore } from '../../../src/core/ports/jobs/job-store.ts';
import { openQueueFile } from '../../../src/stores/sqlite/file/queue-file.ts';
import { SqliteJobStore } from '../../../src/stores/sqlite/sqlite-job-store.ts';
import type { SqliteConnection } from '../../../src/support/sqlite/connection.ts';
import { openSqlite } from '../../../src/support/sqlite/sqlite.ts';
import { newJob, owner, scopeOf } from '../../helpers/jobs.ts';
import { openQueue } from '../../helpers/sqlite-queue.ts';
import { ownedTempDir, type TempDir } from '../../helpers/temp-dir.ts';
import { TestClock } from '../../helpers/test-clock.ts';

let dir: TempDir;
let file: string;
let store: JobStore;

beforeEach(async () => {
  dir = await ownedTempDir();
  file = join(dir.path, 'jobs.db');
  store = await openQueue(file);
});
afterEach(async () => {
  await store.close();
  await dir.remove();
});

it('takes no job and gives none out while its file is not in its place', async () => {
  await store.submit([newJob('a')]);
  await rename(file, `${file}.away`);
  const message = expect.stringContaining(file) as unknown;
  const moved = { code: 'root_moved', message, details: { file } };
  await expect(store.submit([newJob('b')])).rejects.toMatchObject(moved);
  await expect(store.claim(scopeOf(owner(1)), 1)).rejects.toMatchObject(moved);
  await writeFile(file, '');
  await expect(store.assertWritable()).rejects.toMatchObject(moved);
  await rename(`${file}.away`, file);
  expect(await store.claim(scopeOf(owner(1)), 2)).toHaveLength(1);
});

describe('while another process holds the lock', () => {
  let holder: SqliteConnection;
  beforeEach(() => {
    holder = openSqlite(file);
    holder.exec('BEGIN IMMEDIATE');
  });
  afterEach(() => {
    holder.close();
  });

  it('a submission waits without blocking this one, and then goes through', async () => {
    let accepted = false;
    const submission = store.submit([newJob('a')]).then(() => (accepted = true));
    // Were the thread blocked, this timer and the lock's release after it would never come.
    await delay(200);
    expect(accepted).toBe(false);
    expect((await store.counts()).pending).toBe(0);
    holder.exec('COMMIT');
    await submission;
    expect((await store.counts()).pending).toBe(1);
  });

  it('a submission gives up in the end, and says why', async () => {
    const hasty = await openQueue(file, { patienceMs: 500 });
    await expect(hasty.submit([newJob('a')])).rejects.toMatchObject({
      code: 'queue_busy',
      message: expect.stringContaining(file) as unknown,
    });
    await hasty.close();
    holder.exec('COMMIT');
    expect(await store.list({ limit: 1 })).toEqual([]);
    expect(await store.submit([newJob('a')])).toHaveLength(1);
  });
});

it('accepts all jobs of a call or none', async () => {
  const jobs = [newJob('a'), newJob('b'), newJob('c', { priority: 0.5 })];
  await expect(store.submit(jobs)).rejects.toThrow();
  expect(await store.counts()).toMatchObject({ pending: 0 });
  expect(await store.events(0, 10)).toEqual([]);
  const [first] = await store.submit(jobs.slice(0, 2));
  expect(first?.state).toBe('pending');
});

it('says that no space is left, keeps what it has, and goes on when there is some', async () => {
  await store.submit([newJob('kept')]);
  await store.close();
  const db = await openQueueFile(file, { create: false });
  if (db === undefined) throw new Error('no queue');
  store = new SqliteJobStore({ db, place: db.file, clock: new TestClock(), isAlive: () => true });
  db.execute(`PRAGMA max_page_count = ${String(db.value('PRAGMA page_count'))}`);
  const many = Array.from({ length: 200 }, (_, n) => newJob(`j${n}`));
  await expect(store.submit(many)).rejects.toMatchObject({
    code: 'no_space',
    message: expect.stringContaining(file) as unknown,
  });
  expect(await store.counts()).toMatchObject({ pending: 1 });
  db.execute('PRAGMA max_page_count = 100000');
  expect(await store.submit(many)).toHaveLength(200);
});

// Ids of boots have no order: what compares them as texts must not go by it.
it.each(['boot-2', 'boot-0'])(
  'takes up running and delayed jobs of an earlier boot at once in %s, and starves none',
  async (boot) => {
    await store.close();
    const clock = new TestClock();
    const options = { clock, isAlive: () => 'unknown' as const };
    store = await openQueue(file, options);
    await store.submit([newJob('a'), newJob('b')]);
    const [a] = await store.claim(scopeOf(owner(1), { lease_ms: 3_600_000 }), 2);
    if (a === undefined) throw new Error('nothing was claimed');
    const failure = { code: 'timeout', message: 'm', hint: 'h', details: {} } as const;
    await store.settle(a, { state: 'retry', failure, delay_ms: 3_600_000 });
    await store.close();

    clock.reboot(boot);
    store = await openQueue(file, options);
    expect(await store.nextDue(scopeOf(owner(2)))).toBe(0);
    await store.reap();
    const jobs = await store.claim(scopeOf(owner(2)), 5);
    expect(jobs.map(({ attempts, crashes }) => ({ attempts, crashes }))).toEqual([
      { attempts: 2, crashes: 0 },
      { attempts: 2, crashes: 1 },
    ]);
  },
);
