import { isCabError } from '../../../core/model/errors.ts';
import type { Database } from '../database/database.ts';

/** Milliseconds between two times that notes are removed. */
const everyMs = 1_000;

const caughtUpSql = 'DELETE FROM unfollowed WHERE job_id = ANY($1::text[])';

/** Jobs whose tracks' pointers were looked at. Their notes are removed together, a moment later. */
export class LookedAt {
  readonly #database: Database;
  readonly #timer: NodeJS.Timeout;
  #waiting: string[] = [];

  constructor(database: Database) {
    this.#database = database;
    this.#timer = setInterval(() => void this.#sweep(), everyMs).unref();
  }

  add(job_ids: readonly string[]): void {
    this.#waiting.push(...job_ids);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweep();
  }

  /** If the server is away, the notes stay, and the pointers are checked once more. */
  async #sweep(): Promise<void> {
    const job_ids = this.#waiting.splice(0);
    if (job_ids.length === 0) return;
    try {
      await this.#database.run(caughtUpSql, [job_ids]);
    } catch (error) {
      if (!isCabError(error)) throw error;
    }
  }
}
