/**
 * Tells listeners of commits. A notification of the server is a hint, and the number of the last event is what counts: it is asked
 * for again and again, because a notification is lost with its connection.
 */
import type pg from 'pg';
import { errnoOf, isCabError } from '../../../core/model/errors.ts';
import { Listeners } from '../../../support/listeners.ts';
import type { Database } from '../database/database.ts';
import { isLost } from '../database/failure.ts';

/** Milliseconds between two looks at the last event. */
const pollMs = 500;

/** Milliseconds between two notifications of this process. Each costs all listening processes a turn. */
const notifyMs = 20;

/** Also moves if a transaction that took a number ends without a commit; a call without a change is allowed. */
const versionSql = `SELECT (SELECT last_value FROM event_seqs) AS event,
  (SELECT max(at) FROM commits) AS commit`;

export class Changes {
  readonly #database: Database;
  readonly #listeners = new Listeners();
  #timer: NodeJS.Timeout | undefined;
  #client: pg.Client | undefined;
  #version: string | undefined;
  #isPolling = false;
  #isNotifying = false;

  constructor(database: Database) {
    this.#database = database;
    database.onCommit(() => {
      this.#listeners.call();
      this.#notify();
    });
  }

  add(listener: () => void): () => void {
    const remove = this.#listeners.add(listener);
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => void this.#poll(), pollMs).unref();
      void this.#poll();
    }
    return () => {
      remove();
      if (this.#listeners.isEmpty) this.#rest();
    };
  }

  stop(): void {
    this.#listeners.clear();
    this.#rest();
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const client = this.#client;
    this.#client = undefined;
    void client?.end().catch(ignored);
  }

  /** The name of the channel is that of the schema, so that other job stores in the database do not wake this one. */
  get #channel(): string {
    return `cab_${this.#database.schema}`;
  }

  async #poll(): Promise<void> {
    if (this.#isPolling) return;
    this.#isPolling = true;
    try {
      await this.#listen();
      const [row] = await this.#database.run(versionSql);
      const version = JSON.stringify(row);
      if (version !== this.#version) this.#listeners.call();
      this.#version = version;
    } catch (error) {
      ignored(error);
      // Listeners look themselves and get the failure.
      this.#listeners.call();
    } finally {
      this.#isPolling = false;
    }
  }

  async #listen(): Promise<void> {
    if (this.#client !== undefined) return;
    const client = this.#database.servers.separate();
    this.#client = client;
    const over = (): void => {
      if (this.#client === client) this.#client = undefined;
    };
    client.on('end', over);
    client.on('notification', () => this.#listeners.call());
    try {
      await client.connect();
      // A listener alone does not keep the process alive.
      unref(client);
      await client.query(`LISTEN ${this.#channel}`);
    } catch (error) {
      over();
      throw error;
    }
    if (this.#timer === undefined) await client.end();
  }

  /** After the commit and outside of it: within transactions, notifications make commits wait for one another. */
  #notify(): void {
    if (this.#isNotifying) return;
    this.#isNotifying = true;
    setTimeout(() => {
      this.#isNotifying = false;
      this.#database.run(`SELECT pg_notify($1, '')`, [this.#channel]).catch(ignored);
    }, notifyMs).unref();
  }
}

/** The server is away, or refuses: the next look connects again. */
function ignored(error: unknown): void {
  if (!isCabError(error) && errnoOf(error) === undefined && !isLost(error)) throw error;
}

/** Its types do not have the method. */
const unref = (client: pg.Client & { unref?: () => void }): void => client.unref?.();
