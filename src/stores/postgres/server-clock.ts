import * as z from 'zod/mini';
import { isCabError } from '../../core/model/errors.ts';
import type { Clock } from '../../support/process/clock.ts';
import type { Database } from './database/database.ts';

/** Milliseconds between two looks at the server's clock. Between them the clock of this machine goes on from there. */
const againMs = 20_000;

const timeRow = z.object({ now: z.number() });
const timeSql = 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now';

/** The time of the server, so that all machines go by one clock; wrong by less than a round trip. */
export class ServerClock implements Clock {
  /** Its times mean the same for all processes. */
  readonly boot = '';
  readonly #database: Database;
  #offset = 0;
  #latest = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(database: Database) {
    this.#database = database;
  }

  static async of(database: Database): Promise<ServerClock> {
    const clock = new ServerClock(database);
    await clock.#look();
    clock.#timer = setInterval(() => void clock.#lookAgain(), againMs).unref();
    return clock;
  }

  now(): Date {
    return new Date(this.monotonic());
  }

  monotonic(): number {
    return (this.#latest = Math.max(this.#latest, Math.floor(performance.now() + this.#offset)));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const before = performance.now();
    const [row] = await this.#database.run(timeSql);
    const between = (before + performance.now()) / 2;
    this.#offset = timeRow.parse(row).now - between;
  }

  async #lookAgain(): Promise<void> {
    try {
      await this.#look();
    } catch (error) {
      // The server is away; the next look tells more.
      if (!isCabError(error)) throw error;
    }
  }
}
