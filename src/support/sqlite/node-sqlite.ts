/** SQLite from Node itself, with the interface of better-sqlite3. */
import { isError } from '../../core/model/errors.ts';
import type { SqliteConnection, SqliteOptions, SqliteStatement } from './connection.ts';

type OpenSqlite = (path: string, options: SqliteOptions) => SqliteConnection;

/** Undefined if this Node has no suitable SQLite. */
export const nodeSqlite: OpenSqlite | undefined = isFit(process.versions.node)
  ? (path, options) => new Connection(path, options)
  : undefined;

/** 24.22 is the oldest release that was tested and is suitable. Node 22 warns at each start that this is experimental. */
function isFit(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 22);
}

/** The part of `node:sqlite` that cab uses. The types of the oldest supported Node do not include it. */
interface NodeDatabase {
  readonly isOpen: boolean;
  readonly isTransaction: boolean;
  prepare(sql: string): NodeStatement;
  exec(sql: string): void;
  close(): void;
}
interface NodeStatement {
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
  iterate(...values: unknown[]): IterableIterator<unknown>;
  run(...values: unknown[]): { readonly lastInsertRowid: number | bigint };
  setReadBigInts(isOn: boolean): void;
  setReturnArrays(isOn: boolean): void;
}
interface NodeModule {
  readonly DatabaseSync: new (
    path: string,
    options: Readonly<Record<string, boolean | number>>,
  ) => NodeDatabase;
}

class Connection implements SqliteConnection {
  readonly #database: NodeDatabase;

  constructor(path: string, { readonly: readOnly = false, timeout = 5000 }: SqliteOptions) {
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite') as NodeModule;
    const options = { readOnly, timeout, allowUnknownNamedParameters: true };
    this.#database = named(() => new DatabaseSync(path, options));
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  prepare<Bound extends unknown[], Row>(sql: string): SqliteStatement<Bound, Row> {
    return new Statement<Bound, Row>(named(() => this.#database.prepare(sql)));
  }

  exec(sql: string): void {
    named(() => this.#database.exec(sql));
  }

  pragma(sql: string): unknown {
    return this.prepare(`PRAGMA ${sql}`).all();
  }

  close(): void {
    if (this.#database.isOpen) named(() => this.#database.close());
  }
}

class Statement<Bound extends unknown[], Row> implements SqliteStatement<Bound, Row> {
  readonly #statement: NodeStatement;
  #isPlucked = false;
  #readsBigInts = false;

  constructor(statement: NodeStatement) {
    this.#statement = statement;
  }

  get(...values: Bound): Row | undefined {
    const row = this.#read(() => this.#statement.get(...spread(values)));
    return row === undefined ? undefined : this.#rowOf(row);
  }

  all(...values: Bound): Row[] {
    const rows = this.#read(() => this.#statement.all(...spread(values)));
    return rows.map((row) => this.#rowOf(row));
  }

  *iterate(...values: Bound): IterableIterator<Row> {
    // The rows that were already read could not be read again.
    this.#readBigInts();
    try {
      for (const row of this.#statement.iterate(...spread(values))) yield this.#rowOf(row);
    } catch (error) {
      throw withName(error);
    }
  }

  run(...values: Bound): { readonly lastInsertRowid: number | bigint } {
    return named(() => this.#statement.run(...spread(values)));
  }

  pluck(): this {
    this.#isPlucked = true;
    return this.raw();
  }

  raw(): this {
    this.#statement.setReturnArrays(true);
    return this;
  }

  /** Node refuses to read an integer that no number holds exactly. */
  #read<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(isError(error) && 'code' in error && error.code === 'ERR_OUT_OF_RANGE'))
        throw withName(error);
      this.#readBigInts();
      return named(read);
    }
  }

  #readBigInts(): void {
    this.#readsBigInts = true;
    this.#statement.setReadBigInts(true);
  }

  #rowOf(row: unknown): Row {
    const read = this.#readsBigInts ? withNumbers(row) : row;
    return (this.#isPlucked && Array.isArray(read) ? read[0] : read) as Row;
  }
}

const spread = (values: unknown[]): unknown[] =>
  values.length === 1 && Array.isArray(values[0]) ? values[0] : values;

/** As close as a number can be. */
const numberOf = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);

function withNumbers(row: unknown): unknown {
  if (Array.isArray(row)) return row.map(numberOf);
  return Object.fromEntries(Object.entries(row as object).map(([key, of]) => [key, numberOf(of)]));
}

function named<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw withName(error);
  }
}

/** By number. It has the extended codes that cab tells apart; other extended codes get the name of their primary code. */
const names: Readonly<Record<number, string>> = {
  1: 'SQLITE_ERROR',
  3: 'SQLITE_PERM',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  15: 'SQLITE_PROTOCOL',
  19: 'SQLITE_CONSTRAINT',
  20: 'SQLITE_MISMATCH',
  23: 'SQLITE_AUTH',
  26: 'SQLITE_NOTADB',
  522: 'SQLITE_IOERR_SHORT_READ',
  4874: 'SQLITE_IOERR_SHMSIZE',
};

function withName(error: unknown): unknown {
  if (!isError(error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  const code = names[error.errcode] ?? names[error.errcode & 0xff] ?? 'SQLITE_OTHER';
  return Object.assign(error, { code });
}
