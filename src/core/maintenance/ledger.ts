/**
 * ledger.db: an SQLite file (WAL), its application_id "cabl", its user_version the schema's.
 *
 *   checked  when all of an entry was last found sound, and the inode of its directory then
 *   reads    when an entry was last handed out
 *
 * Both only save work: with the file gone, everything is checked anew, and what was read is as old as it is. So it
 * is not flushed at each write, and losing it harms nothing.
 */
import * as z from 'zod/mini';
import type { EntryKey } from '../model/key.ts';
import type { Database } from '../../stores/sqlite/database/database.ts';
import { openSideFile } from '../../stores/sqlite/database/side-file.ts';

const schema = `
  CREATE TABLE checked (
    config_hash TEXT NOT NULL,
    source_hash TEXT NOT NULL,
    inode       INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (config_hash, source_hash)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX checked_by_time ON checked (at);

  CREATE TABLE reads (
    config_hash TEXT NOT NULL,
    source_hash TEXT NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (config_hash, source_hash)
  ) STRICT, WITHOUT ROWID;
`;

/** Times are milliseconds of wall time. */
export interface Checked {
  readonly key: EntryKey;
  /** Of the entry's directory; another inode is another entry. */
  readonly inode: number;
  readonly at: number;
}

export interface Read {
  readonly key: EntryKey;
  readonly at: number;
}

export class Ledger {
  readonly #db: Database;

  /** @throws CabError queue_unreadable, queue_too_new, root_unwritable, no_space */
  static async open(file: string): Promise<Ledger> {
    return new Ledger(
      await openSideFile(file, {
        what: 'the ledger',
        hint: 'Remove it: everything is checked anew then.',
        // "cabl"
        applicationId: 0x6361626c,
        version: 1,
        schema,
        durable: false,
      }),
    );
  }

  private constructor(db: Database) {
    this.#db = db;
  }

  /** Whether nothing was ever checked. */
  get isEmpty(): boolean {
    return this.#db.get('SELECT 1 FROM checked LIMIT 1') === undefined;
  }

  /** Synchronous, for it is asked about every entry of a tree. */
  checked(key: EntryKey): Omit<Checked, 'key'> | undefined {
    const row = this.#db.get(
      'SELECT inode, at FROM checked WHERE config_hash = @config_hash AND source_hash = @source_hash',
      { ...key },
    );
    return row === undefined ? undefined : checkedSchema.parse(row);
  }

  /** Those checked before `before`, the longest ago first: the next `limit` after `last`. */
  checkedBefore(before: number, last: Checked | undefined, limit: number): Checked[] {
    const { at = -1, key = { config_hash: '', source_hash: '' } } = last ?? {};
    return this.#db
      .all(
        `SELECT config_hash, source_hash, inode, at FROM checked
         WHERE at < @before AND (at, config_hash, source_hash) > (@at, @config_hash, @source_hash)
         ORDER BY at, config_hash, source_hash LIMIT +@limit`,
        { before, at, ...key, limit },
      )
      .map((row) => checkedRow.parse(row));
  }

  /** All of them, or none. */
  rememberChecked(checked: readonly Checked[]): Promise<void> {
    const rows = checked.map(({ key, inode, at }) => [key.config_hash, key.source_hash, inode, at]);
    return this.#db.write(() =>
      this.#db.run(
        `INSERT OR REPLACE INTO checked
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(@rows)`,
        { rows: JSON.stringify(rows) },
      ),
    );
  }

  /** Entries that are not there any more, or not sound. */
  forgetChecked(keys: readonly EntryKey[]): Promise<void> {
    return this.#db.write(() => {
      for (const key of keys)
        this.#db.run(
          'DELETE FROM checked WHERE config_hash = @config_hash AND source_hash = @source_hash',
          { ...key },
        );
    });
  }

  /** Undefined where nobody recorded it. */
  lastRead({ config_hash, source_hash }: EntryKey): number | undefined {
    const at = this.#db.value(
      'SELECT at FROM reads WHERE config_hash = @config_hash AND source_hash = @source_hash',
      { config_hash, source_hash },
    );
    return typeof at === 'number' ? at : undefined;
  }

  /** The latest counts, whoever writes last. */
  rememberReads(reads: readonly Read[]): Promise<void> {
    return this.#db.write(() => {
      for (const { key, at } of reads)
        this.#db.run(
          `INSERT INTO reads VALUES (@config_hash, @source_hash, @at)
           ON CONFLICT DO UPDATE SET at = max(at, excluded.at)`,
          { ...key, at },
        );
    });
  }

  forgetReads(keys: readonly EntryKey[]): Promise<void> {
    return this.#db.write(() => {
      for (const key of keys)
        this.#db.run(
          'DELETE FROM reads WHERE config_hash = @config_hash AND source_hash = @source_hash',
          { ...key },
        );
    });
  }

  /** Idempotent. */
  close(): Promise<void> {
    return this.#db.close();
  }
}

const checkedSchema = z.object({ inode: z.int(), at: z.int() });

const checkedRow = z.pipe(
  z.object({
    config_hash: z.string(),
    source_hash: z.string(),
    inode: z.int(),
    at: z.int(),
  }),
  z.transform(({ config_hash, source_hash, inode, at }): Checked => ({
    key: { config_hash, source_hash },
    inode,
    at,
  })),
);
