import { execFileSync } from 'node:child_process';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi, type TestContext } from 'vitest';
import type { JobStore } from '../../../src/core/ports/jobs/job-store.ts';
import { LazyJobStore } from '../../../src/core/ports/jobs/lazy-job-store.ts';
import { openJobStore } from '../../../src/stores/sqlite/sqlite-job-store.ts';
import { newJob } from '../../helpers/jobs.ts';
import { readOnly } from '../../helpers/read-only.ts';
import { smallDisk } from '../../helpers/small-disk.ts';
import { openQueue } from '../../helpers/sqlite-queue.ts';
import { ownedTempDir, type TempDir } from '../../helpers/temp-dir.ts';

let dir: TempDir;
let home: string;
let file: string;
let release: (() => Promise<void>) | undefined;
const opened: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  dir = await ownedTempDir();
  home = join(dir.path, 'home');
  file = join(home, 'jobs.db');
  await mkdir(home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const store of opened.splice(0)) await store.close();
  await release?.();
  release = undefined;
  await dir.remove();
});

async function look(): Promise<JobStore> {
  const store = await openJobStore({ file, create: false, look: true });
  if (store === undefined) throw new Error('no queue');
  opened.push(store);
  return store;
}

/** A queue with one job, in a directory that this user cannot write. */
async function closedQueue(test: TestContext): Promise<void> {
  const store = await openQueue(file);
  await store.submit([newJob('a')]);
  await store.close();
  await close(test);
}

async function close(test: TestContext): Promise<void> {
  release = await readOnly(home);
  if (release === undefined) test.skip('no directory can be made read-only here');
}

it('shows a queue beside which nothing can be written, leaves nothing, and takes no job', async (test) => {
  await closedQueue(test);
  const scratch = join(dir.path, 'scratch');
  await mkdir(scratch);
  vi.stubEnv('TMPDIR', scratch);
  const store = await look();
  expect(store.isCopy).toBe(true);
  expect(await store.counts()).toMatchObject({ pending: 1 });
  await expect(store.submit([newJob('b')])).rejects.toMatchObject({
    code: 'root_unwritable',
    message: expect.stringContaining(file) as unknown,
  });
  expect(await readdir(scratch)).toEqual([]);
  expect(await readdir(home)).toEqual(['jobs.db']);
});

it('shows what a crash left in the log of such a queue', async (test) => {
  const before = join(dir.path, 'before', 'jobs.db');
  await mkdir(join(dir.path, 'before'));
  const store = await openQueue(before);
  opened.push(store);
  await store.submit([newJob('a'), newJob('b')]);
  // Read by a process of its own: this one must not open a file whose locks it holds.
  execFileSync('cp', [before, `${before}-wal`, home]);
  await close(test);
  expect(await (await look()).counts()).toMatchObject({ pending: 2 });
});

it('says where room for the copy is sought, and what to do', async (test) => {
  await closedQueue(test);
  vi.stubEnv('TMPDIR', join(dir.path, 'nowhere'));
  await expect(look()).rejects.toMatchObject({
    code: 'store_unreadable',
    message: expect.stringContaining(join(dir.path, 'nowhere')) as unknown,
    hint: expect.stringContaining('TMPDIR') as unknown,
  });
});

it('opens the queue itself for whoever writes after a look', async (test) => {
  await closedQueue(test);
  const stores = new LazyJobStore((create) => openJobStore({ file, create, look: true }));
  opened.push(stores);
  expect((await stores.existing())?.isCopy).toBe(true);
  await expect(stores.made()).rejects.toMatchObject({ code: 'root_unwritable' });
  await release?.();
  release = undefined;
  const store = await stores.made();
  expect(store.isCopy).toBe(false);
  expect(await store.submit([newJob('b')])).toHaveLength(1);
});

it('shows a queue on a full disk', async (test) => {
  const disk = smallDisk(dir.path);
  if (disk === undefined) return test.skip('a small file system cannot be mounted here');
  release = async () => void execFileSync('umount', ['-l', disk]);
  const store = await openQueue(file);
  await store.submit([newJob('a')]);
  await store.close();
  await cp(file, join(disk, 'jobs.db'));
  file = join(disk, 'jobs.db');
  await writeFile(join(disk, 'filler'), Buffer.alloc(3_000_000)).catch(() => undefined);
  await expect(openJobStore({ file, create: false })).rejects.toMatchObject({ code: 'no_space' });
  expect(await (await look()).counts()).toMatchObject({ pending: 1 });
});
