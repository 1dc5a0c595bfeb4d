/**
 * ledger.db: an SQLite file (WAL), its application_id "cabl", its user_version the schema's.
 *
 *   checked  when the whole entry was last found sound, and its identity then: the inode of its directory
 *   reads    when an entry was last handed out
 *
 * Both tables only save work. Without the file everything is checked again, and the last read of an entry is unknown.
 * So writes are not flushed, and losing the file does no harm.
 */
import * as z from 'zod/mini';
import type { EntryKey } from '../../core/model/key.ts';
import type { Checked, Ledger, Read } from '../../core/ports/ledger.ts';
import type { Database } from './database/database.ts';
import { openSideFile } from './database/side-file.ts';

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

export class SqliteLedger implements Ledger {
  readonly #db: Database;

  /** @throws CabError queue_unreadable, queue_too_new, root_unwritable, no_space */
  static async open(file: string): Promise<SqliteLedger> {
    return new SqliteLedger(
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

  async isEmpty(): Promise<boolean> {
    return this.#db.get('SELECT 1 FROM checked LIMIT 1') === undefined;
  }

  async checked(keys: readonly EntryKey[]): Promise<(Omit<Checked, 'key'> | undefined)[]> {
    return keys.map(({ config_hash, source_hash }) => {
      const row = this.#db.get(
        'SELECT inode, at FROM checked WHERE config_hash = @config_hash AND source_hash = @source_hash',
        { config_hash, source_hash },
      );
      return row === undefined ? undefined : checkedSchema.parse(row);
    });
  }

  async checkedBefore(
    before: number,
    last: Checked | undefined,
    limit: number,
  ): Promise<Checked[]> {
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

  rememberChecked(checked: readonly Checked[]): Promise<void> {
    const rows = checked.map(({ key, identity, at }) => [
      key.config_hash,
      key.source_hash,
      identity,
      at,
    ]);
    return this.#db.write(() =>
      this.#db.run(
        `INSERT OR REPLACE INTO checked
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(@rows)`,
        { rows: JSON.stringify(rows) },
      ),
    );
  }

  forgetChecked(keys: readonly EntryKey[]): Promise<void> {
    return this.#db.write(() => {
      for (const key of keys)
        this.#db.run(
          'DELETE FROM checked WHERE config_hash = @config_hash AND source_hash = @source_hash',
          { ...key },
        );
    });
  }

  async lastReads(keys: readonly EntryKey[]): Promise<(number | undefined)[]> {
    return keys.map(({ config_hash, source_hash }) => {
      const at = this.#db.value(
        'SELECT at FROM reads WHERE config_hash = @config_hash AND source_hash = @source_hash',
        { config_hash, source_hash },
      );
      return typeof at === 'number' ? at : undefined;
    });
  }

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

  close(): Promise<void> {
    return this.#db.close();
  }
}

const checkedSchema = z.pipe(
  z.object({ inode: z.int(), at: z.int() }),
  z.transform(({ inode, at }) => ({ identity: inode, at })),
);

const checkedRow = z.pipe(
  z.object({
    config_hash: z.string(),
    source_hash: z.string(),
    inode: z.int(),
    at: z.int(),
  }),
  z.transform(({ config_hash, source_hash, inode, at }): Checked => ({
    key: { config_hash, source_hash },
    identity: inode,
    at,
  })),
);
