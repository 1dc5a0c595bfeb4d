import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Database } from '../../../src/stores/sqlite/database/database.ts';
import { openSqlite } from '../../../src/support/sqlite/sqlite.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

let db: Database;
let commits: number;

beforeEach(async () => {
  db = await Database.open(join(await tempDir(), 'some.db'));
  db.execute('CREATE TABLE names (name TEXT PRIMARY KEY) STRICT');
  commits = 0;
  db.onCommit(() => (commits += 1));
});
afterEach(() => db.close());

const add = (name: string) =>
  db.write(() => db.insert('INSERT INTO names VALUES (@name)', { name }));
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const names = () => db.read(() => db.all('SELECT name FROM names ORDER BY rowid'));

describe('writes that are asked for together', () => {
  it('are one commit, in order, each told its own result', async () => {
    expect(await Promise.all(['c', 'a', 'b'].map(add))).toEqual([1, 2, 3]);
    expect(await names()).toEqual([{ name: 'c' }, { name: 'a' }, { name: 'b' }]);
    expect(commits).toBe(1);
  });

  it('do not share a failure: the others are kept, the one that failed is told and leaves nothing', async () => {
    const torn = db.write(() => {
      db.insert('INSERT INTO names VALUES (@name)', { name: 'half' });
      throw new TypeError('no');
    });
    const outcomes = await Promise.allSettled([add('a'), torn, add('b')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(torn).rejects.toThrow(TypeError);
    expect(await names()).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  it('are one commit too where turn after turn brings more', async () => {
    // However slow the turns are, the bound on the wait is not reached.
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const asked = [add('a'), add('b')];
    await nextTurn();
    asked.push(add('c'));
    await nextTurn();
    asked.push(add('d'));
    expect(await Promise.all(asked)).toEqual([1, 2, 3, 4]);
    expect(commits).toBe(1);
  });

  it('are done although turns bring more for ever', async () => {
    const progress = { isFirstDone: false };
    const asked = [add('first').finally(() => (progress.isFirstDone = true))];
    for (let n = 1; !progress.isFirstDone; n += 1) {
      asked.push(add(String(n)));
      await nextTurn();
    }
    await Promise.all(asked);
    expect(await names()).toHaveLength(asked.length);
  });

  it('wait for others as long as they may, and go with the first that does not wait', async () => {
    const patient = ['a', 'b'].map((name) =>
      db.write(() => db.insert('INSERT INTO names VALUES (@name)', { name }), 3_600_000),
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(commits).toBe(0);
    expect(await Promise.all([...patient, add('c')])).toEqual([1, 2, 3]);
    expect(commits).toBe(1);
    await db.write(() => db.insert('INSERT INTO names VALUES (@name)', { name: 'd' }), 1);
    expect(commits).toBe(2);
  });

  it('wait no longer than the least patient of them', async () => {
    const patient = db.write(
      () => db.insert('INSERT INTO names VALUES (@name)', { name: 'a' }),
      3_600_000,
    );
    await db.write(() => db.insert('INSERT INTO names VALUES (@name)', { name: 'b' }), 1);
    expect(await patient).toBe(1);
  });

  it('are told together that another process holds the file, not one after the other', async () => {
    const { file } = db;
    await db.close();
    const other = openSqlite(file);
    db = await Database.open(file, { patienceMs: 50 });
    other.exec('BEGIN IMMEDIATE');
    let hasTurned = false;
    const asked = Array.from({ length: 9 }, (_, n) => add(`waiting ${n}`));
    asked[0]?.catch(() => setImmediate(() => (hasTurned = true)));
    for (const outcome of await Promise.allSettled(asked))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'queue_busy' } });
    expect(hasTurned).toBe(false);
    other.exec('ROLLBACK');
    other.close();
    expect(await add('a')).toBe(1);
  });

  it('that still wait for others are done before the file is closed', async () => {
    const work = (): number => db.insert('INSERT INTO names VALUES (@name)', { name: 'patient' });
    const written = db.write(work, 3_600_000);
    const { file } = db;
    await db.close();
    expect(await written).toBe(1);
    db = await Database.open(file);
    expect(await names()).toEqual([{ name: 'patient' }]);
  });

  it('are done before the file is closed', async () => {
    const written = add('late');
    const { file } = db;
    await db.close();
    expect(await written).toBe(1);
    db = await Database.open(file);
    expect(await names()).toEqual([{ name: 'late' }]);
  });
});
