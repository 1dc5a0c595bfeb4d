import pg from 'pg';
import * as z from 'zod/mini';
import { CabError } from '../../../core/model/errors.ts';
import type { QueueAddress } from './queue-address.ts';

/** Connections of one process. A claim, some reads and a settlement at a time; more would only wait on one another. */
const mostConnections = 8;

/** Milliseconds. */
const connectMs = 5_000;
const answerMs = 30_000;

/** A server ends a transaction that waits this long for its client, who may be cut off: its locks stop others. */
const idleInTransactionMs = 10_000;

const oldestVersion = 150_000;

/** 8-byte integers as numbers: all are below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (type, format) =>
    type === pg.types.builtins.INT8
      ? Number
      : (pg.types.getTypeParser(type, format) as (value: string) => unknown),
};

/** What is asked of each new connection. */
const greetingSql = `SELECT current_setting('transaction_read_only') AS read_only,
  current_setting('server_version_num')::int AS version`;
const greeting = z.object({ read_only: z.string(), version: z.int() });

/** Connections to the server of a cluster that takes writes, whichever that is. */
export class Servers {
  readonly #address: QueueAddress;
  readonly #pools: readonly pg.Pool[];
  readonly #greeted = new WeakSet<pg.PoolClient>();
  /** The one that took writes last. */
  #first = 0;

  constructor(address: QueueAddress) {
    this.#address = address;
    this.#pools = address.servers.map((server) => {
      const pool = new pg.Pool({ ...this.#options(server), max: mostConnections });
      // An idle connection that ends is taken out of the pool, and the next use opens another one. One in use fails its statement.
      pool.on('error', () => undefined);
      pool.on('connect', (client) => client.on('error', () => undefined));
      return pool;
    });
  }

  /** The caller releases it. @throws the failure of the last server that was tried; CabError queue_refused */
  async connect(): Promise<pg.PoolClient> {
    let failure: unknown;
    for (let turn = 0; turn < this.#pools.length; turn += 1) {
      const at = (this.#first + turn) % this.#pools.length;
      try {
        const client = await this.#connectTo(at);
        this.#first = at;
        return client;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** A connection beside the pool, which the caller ends. It leads to the server that took writes last. */
  separate(): pg.Client {
    const server = this.#address.servers[this.#first] ?? '';
    const client = new pg.Client({ ...this.#options(server), query_timeout: 0 });
    client.on('error', () => undefined);
    return client;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await Promise.all(this.#pools.filter(({ ended }) => !ended).map((pool) => pool.end()));
  }

  async #connectTo(at: number): Promise<pg.PoolClient> {
    const client = await this.#pools[at]?.connect();
    if (client === undefined) throw new TypeError('there is no such server');
    if (this.#greeted.has(client)) return client;
    try {
      await this.#greet(client);
    } catch (error) {
      client.release(true);
      throw error;
    }
    this.#greeted.add(client);
    return client;
  }

  async #greet(client: pg.PoolClient): Promise<void> {
    const { rows } = await client.query<Record<string, unknown>>(greetingSql);
    const { read_only, version } = greeting.parse(rows[0]);
    if (version < oldestVersion)
      throw new CabError(
        'queue_refused',
        `the job store ${this.#address.name} is in PostgreSQL ${Math.trunc(version / 10_000)}; cab needs 15 or newer`,
        { details: { queue: this.#address.name, version } },
      );
    if (read_only === 'on')
      throw Object.assign(new Error('the server takes no writes'), { code: '25006' });
  }

  #options(connectionString: string): pg.PoolConfig {
    return {
      connectionString,
      types,
      application_name: 'cab',
      connectionTimeoutMillis: connectMs,
      query_timeout: answerMs,
      keepAlive: true,
      allowExitOnIdle: true,
      options: [
        `-c search_path=${this.#address.schema}`,
        `-c idle_in_transaction_session_timeout=${idleInTransactionMs}`,
        '-c default_transaction_isolation=read\\ committed',
      ].join(' '),
    };
  }
}
