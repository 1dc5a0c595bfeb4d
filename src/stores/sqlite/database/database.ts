/**
 * This file is longer than others because opening, waiting for other processes, and transactions all
 * depend on one connection.
 */
import { closeSync, openSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { CabError, errnoOf, isCabError } from '../../../core/model/errors.ts';
import { failpoint } from '../../../support/failpoints.ts';
import { lockFile } from '../../../support/files/locked-files.ts';
import type { SqliteConnection, SqliteStatement } from '../../../support/sqlite/connection.ts';
import { openSqlite } from '../../../support/sqlite/sqlite.ts';
import { isRow } from '../../rows/rows.ts';
import { GroupCommit } from './group-commit.ts';
import { queueFailure } from './sqlite-failure.ts';
import { refuseUnsafe } from './sqlite-version.ts';

type Value = string | number | Uint8Array | null;
export type Values = Readonly<Record<string, Value>>;
/**
 * For the `?` of a statement, in order. Statements that run for each job use them: they cost half of binding by name.
 */
export type Places = readonly Value[];

/**
 * Creates the file for this user only, because SQLite would make it and its side files readable by everyone. An
 * existing file is left alone: opening and closing it would cost this process its locks. If this fails, SQLite fails
 * as well and reports it.
 */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

/**
 * Milliseconds. SQLite's own waiting blocks the event loop, so after this long the waiting
 * continues outside of SQLite.
 */
const nativeWait = 20;
const longestWait = 5_000;

export interface DatabaseOptions {
  /** How long a call waits for other processes; 5 s if not given. */
  readonly patienceMs?: number | undefined;
  /** Locks all others out, and so makes no file beside it. */
  readonly isAlone?: boolean;
  /** If a copy is opened: the path of the original. */
  readonly copyOf?: string;
}

export interface TransactionEnd {
  /** Runs within the transaction, after all its writes. */
  readonly finish: () => void;
  readonly forget: () => void;
}

/**
 * An SQLite file that several processes share. Statements are prepared once. Failures are CabErrors.
 *
 * A bound limit is written `LIMIT +@limit`. For a bare `@limit` SQLite chooses its plan by the value, and prepares
 * the statement again each time one is bound. That costs more than the rows that it reads.
 */
export class Database {
  /** The path that messages show. */
  readonly file: string;
  readonly isCopy: boolean;
  readonly #connection: SqliteConnection;
  readonly #patienceMs: number;
  readonly #unlock: () => void;
  /** Device and inode of the file that is open. */
  readonly #identity: string | undefined;
  readonly #statements = new Map<string, SqliteStatement<[Values | Places]>>();
  readonly #group = new GroupCommit((work, isDurable) =>
    this.#patiently(() => (isDurable ? this.#transaction(work) : this.#softly(work))),
  );
  #committed: () => void = () => undefined;
  readonly #ends: TransactionEnd[] = [];

  /** Creates the file if it is not there. Does not look at its content yet. */
  static async open(path: string, options: DatabaseOptions = {}): Promise<Database> {
    const { copyOf: file = path, isAlone = false } = options;
    let database: Database | undefined;
    try {
      failpoint('queue.opening');
      makePrivate(path);
      const connection = openSqlite(path, { timeout: nativeWait });
      database = new Database(path, connection, options);
      if (isAlone) database.execute('PRAGMA locking_mode = EXCLUSIVE');
      await assertSafe(database);
      return database;
    } catch (error) {
      await database?.close();
      throw queueFailure(error, file);
    }
  }

  private constructor(
    path: string,
    connection: SqliteConnection,
    { copyOf, patienceMs = longestWait }: DatabaseOptions,
  ) {
    this.file = copyOf ?? path;
    this.isCopy = copyOf !== undefined;
    this.#connection = connection;
    this.#patienceMs = patienceMs;
    this.#unlock = lockFile(path);
    this.#identity = identityOf(path);
  }

  get(sql: string, values: Values | Places = {}): unknown {
    return this.#prepared(sql).get(values);
  }

  all(sql: string, values: Values = {}): unknown[] {
    return this.#prepared(sql).all(values);
  }

  /** Reads row by row, so that a caller can stop early. No write may run until it is done. */
  iterate(sql: string, values: Values = {}): IterableIterator<unknown> {
    return this.#prepared(sql).iterate(values);
  }

  /** The first column of the first row. */
  value(sql: string, values: Values | Places = {}): unknown {
    const row = this.get(sql, values);
    return isRow(row) ? Object.values(row)[0] : undefined;
  }

  run(sql: string, values: Values | Places = {}): void {
    this.#prepared(sql).run(values);
  }

  /** As `run`, for an INSERT of one row. Gives its rowid. */
  insert(sql: string, values: Values | Places): number {
    return Number(this.#prepared(sql).run(values).lastInsertRowid);
  }

  /** Runs several statements, or one that is not worth keeping prepared. */
  execute(sql: string): void {
    this.#connection.exec(sql);
  }

  /** Runs reads, each statement on its own. `work` may run again while another process holds the file. */
  read<T>(work: () => T): Promise<T> {
    return this.#patiently(work);
  }

  /**
   * Runs `work` in one transaction, which is on disk on return. Other writes in the same turn, or within
   * `patienceMs`, join the transaction. `work` may run again if another process holds the file or if a
   * write that joined fails.
   */
  write<T>(work: () => T, patienceMs = 0): Promise<T> {
    return this.#group.add(work, { isDurable: true, patienceMs });
  }

  /**
   * As `write`, but does not wait for the disk. A crash of the machine may undo it; a crash of the process does not.
   */
  writeSoftly<T>(work: () => T, patienceMs = 0): Promise<T> {
    return this.#group.add(work, { isDurable: false, patienceMs });
  }

  /** Called after each transaction of this connection that changed something. */
  onCommit(listener: () => void): void {
    this.#committed = listener;
  }

  /** Within a transaction: registers work for just before the commit, and for the end, whether it commits or not. */
  atEnd(end: TransactionEnd): void {
    this.#ends.push(end);
  }

  /** The value changes whenever another connection has committed. */
  dataVersion(): unknown {
    try {
      return this.value('PRAGMA data_version');
    } catch (error) {
      throw queueFailure(error, this.file);
    }
  }

  /** Throws root_moved if a process that opens the path now would not find what is written here. */
  assertInPlace(): void {
    if (this.isCopy || identityOf(this.file) === this.#identity) return;
    throw new CabError('root_moved', `${this.file} is not the file that was opened any more`, {
      details: { file: this.file },
    });
  }

  /** Waits for the writes that were requested, and closes. */
  async close(): Promise<void> {
    await this.#group.drained();
    this.#statements.clear();
    this.#connection.close();
    this.#unlock();
  }

  #softly(work: () => void): void {
    this.#connection.exec('PRAGMA synchronous = NORMAL');
    try {
      this.#transaction(work);
    } finally {
      this.#connection.exec('PRAGMA synchronous = FULL');
    }
  }

  /** IMMEDIATE, because a transaction that reads first and then writes fails if another connection wrote in between. */
  #transaction(work: () => void): void {
    const before = this.#totalChanges();
    this.run('BEGIN IMMEDIATE');
    try {
      work();
      for (const { finish } of this.#ends) finish();
      failpoint('queue.committing');
      this.run('COMMIT');
    } catch (error) {
      // SQLite may have rolled back by itself (a full disk, an I/O error).
      if (this.#connection.inTransaction) this.run('ROLLBACK');
      throw error;
    } finally {
      for (const { forget } of this.#ends.splice(0)) forget();
    }
    failpoint('queue.committed');
    if (this.#totalChanges() !== before) this.#committed();
  }

  #totalChanges(): unknown {
    return this.value('SELECT total_changes()');
  }

  async #patiently<T>(work: () => T): Promise<T> {
    const deadline = performance.now() + this.#patienceMs;
    for (let isFolded = false; ;) {
      try {
        return work();
      } catch (error) {
        const failure = queueFailure(error, this.file);
        if (isCabError(failure, 'no_space') && !isFolded) {
          isFolded = true;
          if (this.#foldLog()) continue;
        }
        if (!isCabError(failure, 'queue_busy') || performance.now() > deadline) throw failure;
      }
      await delay(1 + Math.random() * 9);
    }
  }

  /** Runs on a full disk, because the write-ahead log may hold more than it needs. False if that fails as well. */
  #foldLog(): boolean {
    try {
      this.#connection.pragma('wal_checkpoint(TRUNCATE)');
      return true;
    } catch (error) {
      if (errnoOf(error)?.startsWith('SQLITE_') !== true) throw error;
      return false;
    }
  }

  #prepared(sql: string): SqliteStatement<[Values | Places]> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare<[Values | Places]>(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/**
 * Not `instanceof`: the driver makes rows in the realm of Node, and a test runner may run this file in another realm.
 */

async function assertSafe(database: Database): Promise<void> {
  // `read` waits for other processes: the first statement of a connection always reads the schema.
  refuseUnsafe(await database.read(() => String(database.value('SELECT sqlite_version()'))));
}

/** Undefined if the file cannot be inspected. */
function identityOf(path: string): string | undefined {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats && `${stats.dev}:${stats.ino}`;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
