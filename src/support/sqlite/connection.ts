/** What is used of SQLite, whoever brings it. */
export interface SqliteOptions {
  /** A file that is not there is not made. */
  readonly readonly?: boolean;
  /** How long SQLite itself waits for other connections, in milliseconds; 5 s where not given. */
  readonly timeout?: number;
}

/** Errors of SQLite have its name of what failed as their code: `SQLITE_BUSY`. */
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

/** Values are bound in turn; an array stands for its items, an object for the parameters that it names. */
export interface SqliteStatement<Bound extends unknown[] = unknown[], Row = unknown> {
  get(...values: Bound): Row | undefined;
  all(...values: Bound): Row[];
  iterate(...values: Bound): IterableIterator<Row>;
  run(...values: Bound): { readonly lastInsertRowid: number | bigint };
  /** Rows become their first column from now on. */
  pluck(): this;
  /** Rows become arrays from now on. */
  raw(): this;
}
