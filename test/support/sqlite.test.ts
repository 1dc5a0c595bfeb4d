/** What cab asks of SQLite, of whichever driver this Node takes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSqlite, sqliteDriver } from '../../src/support/sqlite/sqlite.ts';
import { tempDir } from '../helpers/temp-dir.ts';

it(`binds in turn, by name and as an array, and gives rows, columns and arrays (${sqliteDriver})`, () => {
  const database = openSqlite(':memory:');
  database.exec('CREATE TABLE t (a, b)');
  const insert = database.prepare('INSERT INTO t VALUES (?, ?)');
  expect(Number(insert.run(1, 'x').lastInsertRowid)).toBe(1);
  insert.run([2, 'y']);
  // A name that the statement does not have harms nothing.
  database.prepare('INSERT INTO t VALUES (@a, @b)').run({ a: 3, b: null, c: 4 });
  const select = (): ReturnType<typeof database.prepare> =>
    database.prepare('SELECT a, b FROM t WHERE a >= ?');
  expect(select().get(9)).toBeUndefined();
  expect({ ...(select().get(1) as object) }).toEqual({ a: 1, b: 'x' });
  expect(select().pluck().all(2)).toEqual([2, 3]);
  expect(select().raw().all(2)).toEqual([
    [2, 'y'],
    [3, null],
  ]);
  database.close();
});

it('lets a reader stop early, so that a write goes on', () => {
  const database = openSqlite(':memory:');
  database.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)');
  const rows = database.prepare('SELECT a FROM t').pluck();
  for (const a of rows.iterate()) if (a === 2) break;
  expect(database.inTransaction).toBe(false);
  database.exec('BEGIN IMMEDIATE');
  expect(database.inTransaction).toBe(true);
  database.exec('DROP TABLE t; COMMIT');
  expect(database.inTransaction).toBe(false);
  database.close();
});

it('gives an integer that no number holds as the nearest number', () => {
  const database = openSqlite(':memory:');
  const wide = database.prepare('SELECT 9223372036854775807 AS wide, 1 AS one');
  const nearest = { wide: 2 ** 63, one: 1 };
  expect({ ...(wide.get() as object) }).toEqual(nearest);
  expect(wide.all().map((row) => ({ ...(row as object) }))).toEqual([nearest]);
  expect([...wide.iterate()].map((row) => ({ ...(row as object) }))).toEqual([nearest]);
  expect(wide.pluck().get()).toBe(2 ** 63);
  database.close();
});

it('tells failures by the names of SQLite', async () => {
  const file = join(await tempDir(), 'a.db');
  expect(() => openSqlite(file, { readonly: true }).prepare('SELECT 1').get()).toThrow(
    expect.objectContaining({ code: 'SQLITE_CANTOPEN' }),
  );
  expect(existsSync(file)).toBe(false);
  const [holder, other] = [openSqlite(file), openSqlite(file, { timeout: 1 })];
  expect(() => other.prepare('SELECT no')).toThrow(
    expect.objectContaining({ code: 'SQLITE_ERROR' }),
  );
  holder.exec('CREATE TABLE t (a UNIQUE); BEGIN IMMEDIATE');
  expect(() => other.exec('BEGIN IMMEDIATE')).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^SQLITE_BUSY/) }),
  );
  holder.exec('INSERT INTO t VALUES (1)');
  expect(() => holder.prepare('INSERT INTO t VALUES (?)').run(1)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^SQLITE_CONSTRAINT/) }),
  );
  holder.close();
  holder.close();
  other.close();
});
