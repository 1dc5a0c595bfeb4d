/**
 * Statements and transactions on a cluster of PostgreSQL. Connections break, and servers take each other's place: what was not
 * committed runs again, and of a commit that got no answer the outcome is looked up.
 *
 * The gate is an advisory lock. Writing transactions share it. A transaction that takes the gate alone waits until the others have
 * ended. After that no row with a lower number can appear (events/event-horizon.ts, retention/reliances.ts).
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
    return this.#patiently(() => this.#once((client) => client.ask(sql, values)));
  }

  /** All of the work or nothing. @throws what `run` throws; no_space */
  write<T>(work: Work<T>, options: WriteOptions = {}): Promise<T> {
    return this.#patiently(async () => {
      const token = randomUUID();
      const begin = this.#beginning(token, options);
      const { result, isAnswered } = await this.#once((client) => transaction(client, begin, work));
      // The connection was given back: if all were lost at once, each would wait for another one.
      if (!isAnswered && !(await this.#isCommitted(token))) throw lostCommit();
      this.#committed();
      return result;
    });
  }

  /** As `write`, without the tables of the job store: it makes them. Work that may run twice. */
  async prepare(work: Work<void>): Promise<void> {
    await this.#patiently(async () => {
      const { isAnswered } = await this.#once((client) => transaction(client, 'BEGIN', work));
      if (!isAnswered) throw lostCommit();
    });
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#servers.close();
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

  /**
   * Whether a transaction whose commit got no answer was committed. Its token can be inserted once. If the transaction is still on
   * its way, this waits until it has ended. If this inserts the token, that transaction can never commit any more; a row of this
   * kind may also be that of an earlier look whose answer was lost.
   */
  async #isCommitted(token: string): Promise<boolean> {
    const [row] = await this.run(lookSql, [token]);
    return row?.['is_look'] === false;
  }

  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries += 1)
      try {
        return await attempt();
      } catch (error) {
        if (this.#isClosed) throw brokerClosed();
        const ms = this.#isAnswered || tries < firstTries ? pausesMs[tries] : undefined;
        if (ms === undefined || !(isLost(error) || isConflict(error)))
          throw queueFailure(error, this.name);
        await pause(ms * (0.5 + Math.random()));
      }
  }

  /** A connection that was lost is not used again. */
  async #once<T extends object>(use: (client: Asking) => Promise<T>): Promise<T> {
    const client = await this.#servers.connect();
    this.#isAnswered = true;
    const ask = (text: string, values: readonly unknown[] = []) => this.#ask(client, text, values);
    try {
      const result = await use({ ask, script: (sql) => client.query(sql) });
      client.release('isAnswered' in result && result.isAnswered === false);
      return result;
    } catch (error) {
      client.release(isLost(error));
      throw error;
    }
  }

  /** Statements are prepared once on each connection. */
  async #ask(
    client: pg.PoolClient,
    text: string,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    const name = this.#names.get(text) ?? `s${this.#names.size}`;
    this.#names.set(text, name);
    const { rows } = await client.query<Row>({ name, text, values: [...values] });
    return rows;
  }
}

const lookSql = `INSERT INTO commits (token, is_look) VALUES ($1, true)
  ON CONFLICT (token) DO UPDATE SET token = excluded.token RETURNING is_look`;

/** A connection, as a transaction uses it. */
interface Asking {
  ask(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  script(sql: string): Promise<unknown>;
}

interface Outcome<T> {
  readonly result: T;
  /** False: the connection was lost before it was known whether the commit happened. */
  readonly isAnswered: boolean;
}

/** @param begin several statements, in one round trip */
async function transaction<T>(client: Asking, begin: string, work: Work<T>): Promise<Outcome<T>> {
  const result = await uncommitted(client, begin, work);
  failpoint('queue.committing');
  try {
    await client.script('COMMIT');
    return { result, isAnswered: true };
  } catch (error) {
    if (!isLost(error)) throw error;
    return { result, isAnswered: false };
  }
}

async function uncommitted<T>(client: Asking, begin: string, work: Work<T>): Promise<T> {
  try {
    await client.script(begin);
    return await work({
      query: (sql, values) => client.ask(sql, values),
      script: async (sql) => {
        await client.script(sql);
      },
    });
  } catch (error) {
    if (!isLost(error)) await client.script('ROLLBACK');
    throw error;
  }
}

/** Nothing of it was kept, so it may run again. */
const lostCommit = (): Error =>
  Object.assign(new Error('a commit was lost with its connection'), { code: '08006' });
