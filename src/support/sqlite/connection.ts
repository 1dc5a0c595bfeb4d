/** The part of SQLite that cab uses, whichever library provides it. */
export interface SqliteOptions {
  /** A missing file is not created. */
  readonly readonly?: boolean;
  /** How long SQLite itself waits for other connections, in milliseconds. The default is 5 s. */
  readonly timeout?: number;
}

/** The code of an SQLite error is the name of its result code: `SQLITE_BUSY`. */
export interface SqliteConnection {
  readonly inTransaction: boolean;
  prepare<Bound extends unknown[] = unknown[], Row = unknown>(
    sql: string,
  ): SqliteStatement<Bound, Row>;
  exec(sql: string): unknown;
  pragma(sql: string): unknown;
  /** Idempotent. */
  close(): unknown;
}

/** Values are bound in order; an array stands for its items, an object for the parameters that it names. */
export interface SqliteStatement<Bound extends unknown[] = unknown[], Row = unknown> {
  get(...values: Bound): Row | undefined;
  all(...values: Bound): Row[];
  iterate(...values: Bound): IterableIterator<Row>;
  run(...values: Bound): { readonly lastInsertRowid: number | bigint };
  /** From now on a row is its first column. */
  pluck(): this;
  /** From now on a row is an array. */
  raw(): this;
}
