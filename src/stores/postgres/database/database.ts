/**
 * Statements and transactions on a cluster of PostgreSQL. Connections break, and servers take each other's place: what was not
 * committed runs again, and of a commit that got no answer the outcome is looked up.
 *
 * Each writing transaction holds the gate, an advisory lock, shared with the others. Whoever takes it alone waits until all that
 * began before have ended: then nothing with a lower number can appear any more (events/event-horizon.ts, retention/reliances.ts).
 */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { failpoint } from '../../../support/failpoints.ts';
import { brokerClosed } from '../../../support/time/wait-limit.ts';
import { pause } from '../../../support/time/pause.ts';
import { isConflict, isLost, queueFailure } from './failure.ts';
import { lockOf, locksInOrder } from './locks.ts';
import type { QueueAddress } from './queue-address.ts';
import { Servers } from './servers.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Within a transaction. Each statement sees what was committed before it began. */
export interface Transaction {
  query(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Several statements, which give nothing. */
  script(sql: string): Promise<void>;
}

/** May run more than once; all runs but one leave nothing. */
export type Work<T> = (transaction: Transaction) => Promise<T>;

export interface WriteOptions {
  /** False: need not be durable on return. */
  readonly isDurable?: boolean;
  /** Beside no other writing transaction. */
  readonly isAlone?: boolean;
  /** Names of locks that it holds. All are taken in one order. */
  readonly locks?: readonly string[];
}

/** Pauses between tries, in milliseconds. A standby takes over within seconds. */
const pausesMs = [20, 50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000];

/** Tries of a process that no server ever answered: its user waits, and the address is probably wrong. */
const firstTries = 3;

export class Database {
  readonly #address: QueueAddress;
  readonly #servers: Servers;
  readonly #names = new Map<string, string>();
  #committed: () => void = () => undefined;
  #isClosed = false;
  #isAnswered = false;

  constructor(address: QueueAddress) {
    this.#address = address;
    this.#servers = new Servers(address);
  }

  /** For messages. */
  get name(): string {
    return this.#address.name;
  }

  get schema(): string {
    return this.#address.schema;
  }

  get servers(): Servers {
    return this.#servers;
  }

  /** Called after each commit of this process. */
  onCommit(listener: () => void): void {
    this.#committed = listener;
  }

  /**
   * One statement that may run twice: it reads, or the second time it finds done what it does.
   * @throws CabError queue_unreachable, queue_refused, queue_unreadable, queue_busy
   */
  run(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.#persistently(async (client) => this.#ask(client, sql, values));
  }

  /** All of the work or nothing. @throws what `run` throws; no_space */
  write<T>(work: Work<T>, options: WriteOptions = {}): Promise<T> {
    return this.#persistently((client) => this.#transaction(client, work, options));
  }

  /** As `write`, without the tables of the job store: it makes them. */
  prepare<T>(work: Work<T>): Promise<T> {
    return this.#persistently(async (client) => {
      await client.query('BEGIN');
      const result = await this.#within(client, work);
      await client.query('COMMIT');
      return result;
    });
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#servers.close();
  }

  async #transaction<T>(client: pg.PoolClient, work: Work<T>, options: WriteOptions): Promise<T> {
    const token = randomUUID();
    await client.query(this.#beginning(token, options));
    const result = await this.#within(client, work);
    failpoint('queue.committing');
    if (!(await this.#commits(client, token)))
      throw Object.assign(new Error('the commit was lost with its connection'), { code: '08006' });
    this.#committed();
    return result;
  }

  async #within<T>(client: pg.PoolClient, work: Work<T>): Promise<T> {
    const query = (sql: string, values?: readonly unknown[]) => this.#ask(client, sql, values);
    try {
      return await work({
        query,
        script: async (sql) => {
          await client.query(sql);
        },
      });
    } catch (error) {
      // The connection of a statement that was lost is not used again.
      if (!isLost(error)) await client.query('ROLLBACK');
      throw error;
    }
  }

  /** One round trip. */
  #beginning(
    token: string,
    { isDurable = true, isAlone = false, locks = [] }: WriteOptions,
  ): string {
    const gate = `pg_advisory_xact_lock${isAlone ? '' : '_shared'}`;
    return [
      'BEGIN',
      ...(isDurable ? [] : ['SET LOCAL synchronous_commit = off']),
      `SELECT ${gate}(${lockOf(this.schema, 'gate')})`,
      ...locksInOrder(this.schema, locks).map((lock) => `SELECT pg_advisory_xact_lock(${lock})`),
      `INSERT INTO commits (token) VALUES ('${token}')`,
    ].join('; ');
  }

  /** Whether the transaction is committed, even if its connection broke before the answer. */
  async #commits(client: pg.PoolClient, token: string): Promise<boolean> {
    try {
      await client.query('COMMIT');
      return true;
    } catch (error) {
      if (!isLost(error)) throw error;
    }
    return this.#persistently((other) => this.#isTaken(other, token));
  }

  /**
   * The token can be inserted once. If the transaction is still on its way, this waits until it has ended. If the token is free,
   * that transaction can never commit any more.
   */
  async #isTaken(client: pg.PoolClient, token: string): Promise<boolean> {
    const sql = 'INSERT INTO commits (token) VALUES ($1) ON CONFLICT DO NOTHING RETURNING token';
    return (await this.#ask(client, sql, [token])).length === 0;
  }

  async #persistently<T>(use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries += 1)
      try {
        return await this.#once(use);
      } catch (error) {
        if (this.#isClosed) throw brokerClosed();
        const ms = this.#isAnswered || tries < firstTries ? pausesMs[tries] : undefined;
        if (ms === undefined || !(isLost(error) || isConflict(error)))
          throw queueFailure(error, this.name);
        await pause(ms * (0.5 + Math.random()));
      }
  }

  async #once<T>(use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#servers.connect();
    this.#isAnswered = true;
    try {
      const result = await use(client);
      client.release();
      return result;
    } catch (error) {
      client.release(isLost(error));
      throw error;
    }
  }

  /** Statements are prepared once on each connection. */
  async #ask(client: pg.PoolClient, text: string, values: readonly unknown[] = []) {
    const name = this.#names.get(text) ?? `s${this.#names.size}`;
    this.#names.set(text, name);
    const { rows } = await client.query<Record<string, unknown>>({
      name,
      text,
      values: [...values],
    });
    return rows;
  }
}
