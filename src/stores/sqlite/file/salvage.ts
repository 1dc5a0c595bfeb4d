/**
 * Copies what can still be read of a damaged `jobs.db` into a fresh one. Each table is read from both ends, so a
 * damaged page costs the rows on it and, at worst, the rows between two such pages. Tables are read in the order of
 * their own keys, so damage of an index alone costs nothing. A row that breaks the schema, or that cannot be parsed,
 * is left out. The damaged file is only read and stays as evidence.
 */
import * as z from 'zod/mini';
import { errnoOf, isCabError } from '../../../core/model/errors.ts';
import { systemClock } from '../../../support/process/clock.ts';
import { Database, type Values } from '../database/database.ts';
import { isAlive } from '../../../support/process/owner.ts';
import { jobOf } from '../../rows/job-row.ts';
import type { Queue } from '../queue.ts';
import { openQueueFile } from './queue-file.ts';

/** Number of rows of each kind that were copied. */
export interface Salvaged {
  readonly jobs: number;
  /** Steps in the histories of tracks. */
  readonly history: number;
}

/**
 * Makes the queue `fresh` from the file `damaged`, in one transaction. A file that cannot be read at all gives an
 * empty queue. Opening may change the damaged file, so pass a copy.
 */
export async function salvageFile(damaged: string, fresh: string): Promise<Salvaged> {
  const db = await openQueueFile(fresh, { create: true });
  if (db === undefined) throw new TypeError('a queue that was to be made was not');
  try {
    return await salvageInto({ db, place: db.file, clock: systemClock, isAlive }, damaged);
  } finally {
    await db.close();
  }
}

async function salvageInto(fresh: Queue, file: string): Promise<Salvaged> {
  let damaged: Database;
  try {
    damaged = await Database.open(file);
  } catch (error) {
    if (isCabError(error, 'queue_unreadable')) return { jobs: 0, history: 0 };
    throw error;
  }
  try {
    return await salvage(damaged, fresh);
  } finally {
    await damaged.close();
  }
}

async function salvage(damaged: Database, fresh: Queue): Promise<Salvaged> {
  const tables = fresh.db.all(tablesSql).map((row) => tableSchema.parse(row).name);
  return fresh.db.write(() => {
    const taken = new Map(tables.map((table) => [table, copyTable(damaged, fresh, table)]));
    return { jobs: taken.get('jobs') ?? 0, history: taken.get('history') ?? 0 };
  });
}

/** Tables that refer to jobs come after `jobs`. Triggers fill `counts`. */
const tablesSql = `SELECT name FROM sqlite_schema
  WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'counts'
  ORDER BY name <> 'jobs', name`;

function copyTable(damaged: Database, fresh: Queue, table: string): number {
  const columns = columnsOf(fresh.db, table).filter((column) =>
    columnsOf(damaged, table).includes(column),
  );
  if (columns.length === 0) return 0;
  const insert = `INSERT OR IGNORE INTO ${table} (${columns.join(', ')})
    VALUES (${columns.map((column) => `@${column}`).join(', ')}) RETURNING *`;
  let copied = 0;
  for (const direction of ['ASC', 'DESC'] as const)
    for (const row of readableRows(damaged, table, columns, direction))
      if (isTaken(fresh, table, insert, row)) copied += 1;
  return copied;
}

/** Yields rows up to the first one that cannot be read. */
function* readableRows(
  damaged: Database,
  table: string,
  columns: readonly string[],
  direction: 'ASC' | 'DESC',
): Generator<Values> {
  const key = keyOf(damaged, table)
    .map((column) => `${column} ${direction}`)
    .join(', ');
  try {
    for (const row of damaged.iterate(`SELECT ${columns.join(', ')} FROM ${table} ORDER BY ${key}`))
      yield rowSchema.parse(row);
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
}

function isTaken(fresh: Queue, table: string, insert: string, row: Values): boolean {
  try {
    const taken = fresh.db.get(insert, row);
    if (taken === undefined) return false;
    if (table === 'jobs') jobOf(fresh, taken);
    return true;
  } catch (error) {
    if (isCabError(error, 'queue_unreadable')) {
      fresh.db.run('DELETE FROM jobs WHERE id = @id', { id: row['id'] ?? null });
      return false;
    }
    if (isDamage(error)) return false;
    throw error;
  }
}

function columnsOf(db: Database, table: string): string[] {
  return infoOf(db, table).map(({ name }) => name);
}

function keyOf(db: Database, table: string): string[] {
  const key = infoOf(db, table).filter(({ pk }) => pk > 0);
  return key.sort((a, b) => a.pk - b.pk).map(({ name }) => name);
}

function infoOf(db: Database, table: string): z.infer<typeof columnSchema>[] {
  try {
    return db
      .all('SELECT name, pk FROM pragma_table_info(@table)', { table })
      .map((row) => columnSchema.parse(row));
  } catch (error) {
    if (isDamage(error)) return [];
    throw error;
  }
}

const tableSchema = z.object({ name: z.string() });
/** `pk`: the position in the primary key, from 1; 0 for a column outside of it. */
const columnSchema = z.object({ name: z.string(), pk: z.int() });
const bytes = z.custom<Uint8Array>((value) => ArrayBuffer.isView(value));
const rowSchema = z.record(z.string(), z.union([z.string(), z.number(), z.null(), bytes]));

/** SQLite's own refusals, by the driver's code: damage, and rows that break a rule. */
const isDamage = (error: unknown): boolean =>
  /^SQLITE_(CORRUPT|NOTADB|CONSTRAINT|MISMATCH|IOERR_SHORT_READ|ERROR)/.test(errnoOf(error) ?? '');
