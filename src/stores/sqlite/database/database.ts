/** Longer than other files: opening, waiting for other processes, and transactions all depend on one connection. */
import { closeSync, openSync, statSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { CabError, errnoOf, isCabError } from '../../../core/model/errors.ts';
import { failpoint } from '../../../support/failpoints.ts';
import { lockFile } from '../../../support/files/locked-files.ts';
import type { SqliteConnection, SqliteStatement } from '../../../support/sqlite/connection.ts';
import { openSqlite, sqliteMend } from '../../../support/sqlite/sqlite.ts';
import { GroupCommit } from './group-commit.ts';
import { queueFailure } from './sqlite-failure.ts';

type Value = string | number | null;
export type Values = Readonly<Record<string, Value>>;
/** For the `?` of a statement, in turn: what is run for each job is bound so, which costs half of binding by name. */
export type Places = readonly Value[];

/**
 * SQLite would make the file, and those beside it, readable by everyone. One that is there is left alone: to open and close it
 * would cost this process its locks. What hinders here hinders SQLite as well, which tells it.
 */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

/** Earlier ones can lose a reset of the write-ahead log that several processes share. */
const oldestSafeSqlite = [3, 51, 3] as const;

/** SQLite's own waiting blocks the event loop: after this long the waiting goes on outside it. Milliseconds. */
const nativeWait = 20;
const longestWait = 5_000;

export interface DatabaseOptions {
  /** How long a call waits for other processes; 5 s where not given. */
  readonly patienceMs?: number | undefined;
  /** Keeps all others out, and so makes no file beside it. */
  readonly isAlone?: boolean;
  /** The file that is meant, where a copy of it is opened. */
  readonly copyOf?: string;
}

export interface TransactionEnd {
  /** Within the transaction, after all its writes. */
  readonly finish: () => void;
  readonly forget: () => void;
}

/**
 * An SQLite file that several processes share. Statements are prepared once; failures are CabErrors.
 *
 * A limit that is bound is written `LIMIT +@limit`: by the value of a bare `@limit` SQLite chooses its plan, and so
 * prepares the statement again each time that one is bound, which costs more than what it reads.
 */
export class Database {
  /** As it is told to people. */
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

  /** Creates the file where it is not there; what it holds is not looked at yet. */
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

  /** Row by row, so that a caller that has enough stops reading. No write until it is done. */
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

  /** As `run`, for an INSERT of one row: its rowid. */
  insert(sql: string, values: Values | Places): number {
    return Number(this.#prepared(sql).run(values).lastInsertRowid);
  }

  /** Several statements, or one that is not worth keeping. */
  execute(sql: string): void {
    this.#connection.exec(sql);
  }

  /** Reads, each statement on its own. `work` may be called again while another process holds the file. */
  read<T>(work: () => T): Promise<T> {
    return this.#patiently(work);
  }

  /**
   * In one transaction, on disk on return; others that are asked for in the same turn, or within `patienceMs`, join it. `work` may be called
   * again while another process holds the file, or where one that joined fails.
   */
  write<T>(work: () => T, patienceMs = 0): Promise<T> {
    return this.#group.add(work, { isDurable: true, patienceMs });
  }

  /** As `write`, but a crash of the machine may undo it; a crash of the process does not. Spares the wait for the disk. */
  writeSoftly<T>(work: () => T, patienceMs = 0): Promise<T> {
    return this.#group.add(work, { isDurable: false, patienceMs });
  }

  /** Called after each transaction of this connection that changed something. */
  onCommit(listener: () => void): void {
    this.#committed = listener;
  }

  /** Within a transaction: what is to be done before it is committed, and when it is over, whichever way. */
  atEnd(end: TransactionEnd): void {
    this.#ends.push(end);
  }

  /** Changes whenever another connection has committed. */
  dataVersion(): unknown {
    try {
      return this.value('PRAGMA data_version');
    } catch (error) {
      throw queueFailure(error, this.file);
    }
  }

  /** Throws root_moved if who opens the file at its path now would not find what is written here. */
  assertInPlace(): void {
    if (this.isCopy || identityOf(this.file) === this.#identity) return;
    throw new CabError('root_moved', `${this.file} is not the file that was opened any more`, {
      details: { file: this.file },
    });
  }

  /** After the writes that were asked for. */
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

  /** IMMEDIATE: a transaction that begins by reading and then writes fails where another wrote between. */
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

  /** On a full disk: the write-ahead log may hold more than it need. False where not even that can be done. */
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

/** Not by `instanceof`: the driver makes rows in the realm of Node, and a test runner may give this file another. */
export const isRow = (row: unknown): row is object => typeof row === 'object' && row !== null;

async function assertSafe(database: Database): Promise<void> {
  // Patiently: the first statement of a connection reads the schema, whatever it asks for.
  const version = await database.read(() => String(database.value('SELECT sqlite_version()')));
  const parts = version.split('.').map(Number);
  const at = oldestSafeSqlite.findIndex((part, index) => part !== parts[index]);
  const safe = oldestSafeSqlite[at];
  if (safe === undefined || (parts[at] ?? 0) > safe) return;
  throw new CabError('internal', `SQLite ${version} is older than ${oldestSafeSqlite.join('.')}`, {
    hint: sqliteMend(),
  });
}

/** Undefined if nothing can be seen there. */
function identityOf(path: string): string | undefined {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats && `${stats.dev}:${stats.ino}`;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
