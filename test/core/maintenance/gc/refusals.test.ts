import Sqlite from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CollectedRoot } from '../../../helpers/collected-root.ts';
import { age, collect } from '../../../helpers/collection.ts';
import { asOrdinaryUser } from '../../../helpers/ordinary-user.ts';

const at = new CollectedRoot();

describe('refuses, and touches nothing', () => {
  const refused = async (code: string, words: RegExp, asked = {}) => {
    const before = await readdir(at.root, { recursive: true });
    await expect(collect(at.root, { keepMs: 0, settleMs: 0, ...asked })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(words),
    });
    expect(await readdir(at.root, { recursive: true })).toEqual(before);
  };

  beforeEach(async () => {
    await at.done('1');
    await at.done('2', 't');
    age(at.root);
  });

  it('where the job store cannot be read', async () => {
    await at.broker.close();
    await writeFile(
      at.layout.jobs,
      'this is no database, but long enough to have a header'.repeat(9),
    );
    await refused('queue_unreadable', /jobs\.db is not a database/);
  });

  it('where the row of a job that waits is damaged', async () => {
    // Its worker would end the job.
    await at.broker.close();
    const jobs = new Sqlite(at.layout.jobs);
    jobs.exec(`UPDATE jobs SET spec = '{', state = 'pending', finished_at = NULL, result = NULL`);
    jobs.close();
    await refused('queue_unreadable', /job store/);
  });

  it('where a directory cannot be read', async () => {
    const [config = ''] = (await readdir(at.layout.entries)).filter((name) => name !== 'index');
    await chmod(join(at.layout.entries, config), 0o000);
    await asOrdinaryUser(at.dir, () =>
      expect(collect(at.root)).rejects.toMatchObject({
        code: 'store_unreadable',
        message: expect.stringContaining(config),
      }),
    );
    await chmod(join(at.layout.entries, config), 0o755);
  });

  it('where earlier results are to stay, and there is no job store to name them', async () => {
    await at.broker.close();
    await rename(at.layout.jobs, join(at.dir, 'jobs.db'));
    await refused('store_unreadable', /no job store/, { keepLast: 3 });
  });
});

it('goes by pointers, pins and age where there is no job store, and makes one to hold its lock', async () => {
  const [loose, tracked] = [await at.done('1'), await at.done('2', 't')];
  age(at.root);
  await at.broker.close();
  await rm(at.layout.private, { recursive: true });
  const report = await collect(at.root);
  expect(report.notes).toEqual([expect.stringContaining('no job store')]);
  expect([existsSync(at.place(loose)), existsSync(at.place(tracked))]).toEqual([false, true]);
  expect(existsSync(at.layout.jobs)).toBe(true);
});

it('leaves alone what is no entry', async () => {
  await at.done('1');
  await writeFile(join(at.layout.entries, 'a file'), 'x');
  await mkdir(join(at.layout.entries, '.hidden', 'x'), { recursive: true });
  age(at.root);
  await rm(join(at.layout.entries, '.hidden', 'x'), { recursive: true });
  expect((await collect(at.root)).entries).toMatchObject({ seen: 1, removed: 1 });
  expect((await readdir(at.layout.entries)).sort()).toEqual(['.hidden', 'a file']);
});
