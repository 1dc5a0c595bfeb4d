import Sqlite from 'better-sqlite3';
import { mkdir, readFile, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJobStore } from '../../../src/stores/sqlite/sqlite-job-store.ts';
import { sha256File } from '../../../src/core/hashing/digest.ts';
import { newJob, owner, scopeOf } from '../../helpers/jobs.ts';
import { openQueue } from '../../helpers/sqlite-queue.ts';
import { ownedTempDir, type TempDir } from '../../helpers/temp-dir.ts';

const fixture = join(import.meta.dirname, '../../fixtures/queue/schema-1.sql');

let dir: TempDir;
let file: string;

beforeEach(async () => {
  dir = await ownedTempDir();
  file = join(dir.path, 'jobs.db');
});
afterEach(() => dir.remove());

/** Runs SQL on a file, as some program other than the queue. */
function sql(path: string, text: string): unknown {
  const database = new Sqlite(path);
  try {
    if (!text.startsWith('SELECT')) return database.exec(text);
    return database.prepare(text).pluck().get();
  } finally {
    database.close();
  }
}

describe('opening', () => {
  it('makes the file and its directory only when asked', async () => {
    const deep = join(dir.path, 'a', 'b', 'jobs.db');
    expect(await openJobStore({ file: deep, create: false })).toBeUndefined();
    expect(await readdir(dir.path)).toEqual([]);
    await (await openQueue(deep)).close();
    const store = await openJobStore({ file: deep, create: false });
    expect(await store?.counts()).toMatchObject({ pending: 0 });
    await store?.close();
  });

  it('takes an empty file, such as a crash leaves, for no queue yet', async () => {
    await writeFile(file, '');
    expect(await openJobStore({ file, create: false })).toBeUndefined();
    expect((await readFile(file)).length).toBe(0);
    const store = await openQueue(file);
    expect(await store.submit([newJob('a')])).toHaveLength(1);
    await store.close();
  });

  it('writes nothing to a queue of the current schema', async () => {
    await (await openQueue(file)).close();
    const before = await sha256File(file);
    const store = await openQueue(file);
    await store.counts();
    await store.list({ limit: 10 });
    await store.nextDue(scopeOf(owner(1)));
    await store.close();
    expect(await sha256File(file)).toBe(before);
    expect(await readdir(dir.path)).toEqual(['jobs.db']);
  });

  it('may be done by many at once, the first time too', async () => {
    const stores = await Promise.all(Array.from({ length: 12 }, () => openQueue(file)));
    await Promise.all(stores.map((store, n) => store.submit([newJob(`j${n}`)])));
    expect((await stores[0]?.counts())?.pending).toBe(12);
    await Promise.all(stores.map((store) => store.close()));
  });
});

describe('an older schema', () => {
  it('is migrated, with every job in its state', async () => {
    sql(file, await readFile(fixture, 'utf8'));
    expect(sql(file, 'SELECT user_version FROM pragma_user_version')).toBe(1);
    const store = await openQueue(file);
    expect(await store.counts()).toEqual({
      pending: 2,
      running: 1,
      done: 2,
      error: 1,
      canceled: 1,
    });
    const jobs = await store.list({ limit: 100 });
    expect(jobs).toMatchSnapshot();
    expect(await store.events(0, 100)).toHaveLength(18);
    expect(await store.history('夜に駆ける.mp3', 10)).toHaveLength(1);
    const [added] = await store.submit([newJob('new')]);
    expect((added?.id ?? '') > (jobs[0]?.id ?? '~')).toBe(true);
    await store.close();
    expect(sql(file, 'SELECT user_version FROM pragma_user_version')).toBe(9);
  });

  it('is migrated once by many that open it at the same time', async () => {
    sql(file, await readFile(fixture, 'utf8'));
    const stores = await Promise.all(Array.from({ length: 8 }, () => openQueue(file)));
    for (const store of stores) expect((await store.counts()).pending).toBe(2);
    await Promise.all(stores.map((store) => store.close()));
  });
});

describe('a file that is refused stays as it is', () => {
  async function refusal(create: boolean): Promise<unknown> {
    const before = await sha256File(file);
    const error: unknown = await openJobStore({ file, create }).catch((error: unknown) => error);
    expect(await sha256File(file)).toBe(before);
    return error;
  }

  it('when its schema is newer than this program', async () => {
    await (await openQueue(file)).close();
    sql(file, 'PRAGMA user_version = 99');
    for (const create of [true, false])
      expect(await refusal(create)).toMatchObject({
        code: 'queue_too_new',
        message: expect.stringMatching(/jobs\.db has schema version 99/) as unknown,
        details: { version: 99, known: 9 },
      });
  });

  it.each([
    ['text', async () => writeFile(file, 'these are notes, not a queue\n'.repeat(500))],
    ['a few bytes', async () => writeFile(file, 'x')],
    ['another database', async () => sql(file, 'CREATE TABLE songs (title TEXT)')],
    ['a queue whose schema is overwritten', async () => spoil(100, 4000)],
    ['a queue that was cut off', async () => spoil(0, 0, 6000)],
  ])('when it is %s', async (_, make) => {
    await make();
    for (const create of [true, false])
      expect(await refusal(create)).toMatchObject({
        code: 'queue_unreadable',
        message: expect.stringContaining(file) as unknown,
        details: { file },
      });
  });

  async function spoil(from: number, length: number, size?: number): Promise<void> {
    const store = await openQueue(file);
    await store.submit(Array.from({ length: 50 }, (_, n) => newJob(`j${n}`)));
    await store.close();
    const bytes = await readFile(file);
    bytes.fill(0xa5, from, from + length);
    await writeFile(file, bytes);
    if (size !== undefined) await truncate(file, size);
  }

  it('when it is a directory, or lies in a file', async () => {
    await mkdir(file);
    await expect(openQueue(file)).rejects.toMatchObject({ code: 'queue_unreadable' });
    await writeFile(join(dir.path, 'note'), 'x');
    await expect(openQueue(join(dir.path, 'note', 'jobs.db'))).rejects.toMatchObject({
      code: 'root_unwritable',
    });
  });
});

it('names the job whose row cannot be read', async () => {
  const store = await openQueue(file);
  const [job] = await store.submit([newJob('a')]);
  const id = job?.id ?? '';
  sql(file, `UPDATE jobs SET spec = '{"input": '`);
  await expect(store.get(id)).rejects.toMatchObject({
    code: 'queue_unreadable',
    message: expect.stringContaining(`job ${id}, spec: `) as unknown,
    details: { file, job: id, field: 'spec' },
  });
  await store.close();
});
