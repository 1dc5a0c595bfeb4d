/**
 * Up to which event a reader may read. Events get their numbers before they are committed, so a smaller number may appear after
 * a greater one. All that write hold the gate (database.ts) from before they take a number until they have ended. So:
 *
 *   1. read the last number that was given out
 *   2. look who holds the gate now
 *   3. when all of those have ended, everything up to that number is there
 */
import * as z from 'zod/mini';
import { pause } from '../../../support/time/pause.ts';
import type { Database } from '../database/database.ts';
import { lockOf } from '../database/locks.ts';

/** Milliseconds between two looks, and the most looks. A transaction takes some milliseconds; one that hangs must not stop readers. */
const lookMs = 3;
const mostLooks = 100;

const lastRow = z.object({ last: z.number() });
const lastSql = 'SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM event_seqs';

const holdersRow = z.object({ holders: z.nullable(z.array(z.string())) });
/** An 8-byte advisory lock is shown as two numbers of four bytes. */
const holdersSql = `SELECT array_agg(virtualtransaction) AS holders FROM pg_locks
  WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND mode = 'ShareLock'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = (($1::bigint >> 32) & 4294967295)::oid AND objid = ($1::bigint & 4294967295)::oid`;

export class EventHorizon {
  readonly #database: Database;
  readonly #gate: string;
  #reached = 0;
  #looking: Promise<number> | undefined;

  constructor(database: Database) {
    this.#database = database;
    this.#gate = lockOf(database.schema, 'gate');
  }

  /** No event up to this number can appear later. Readers that ask at once share a look that begins after they asked. */
  async reached(): Promise<number> {
    await this.#looking?.catch(() => undefined);
    return (this.#looking ??= this.#look().finally(() => (this.#looking = undefined)));
  }

  async #look(): Promise<number> {
    const last = lastRow.parse((await this.#database.run(lastSql))[0]).last;
    if (last === this.#reached) return last;
    let waited: ReadonlySet<string> | undefined;
    for (let looks = 0; looks < mostLooks; looks += 1) {
      const holders = await this.#holders();
      waited = new Set(holders.filter((holder) => waited?.has(holder) ?? true));
      if (waited.size === 0) return (this.#reached = Math.max(last, this.#reached));
      await pause(lookMs);
    }
    return this.#reached;
  }

  async #holders(): Promise<readonly string[]> {
    const [row] = await this.#database.run(holdersSql, [this.#gate]);
    return holdersRow.parse(row).holders ?? [];
  }
}
