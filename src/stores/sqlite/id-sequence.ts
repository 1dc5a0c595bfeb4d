import type { Database } from './database/database.ts';
import type { IdMaker } from '../../support/ascending-ids.ts';
import type { Queue } from './queue.ts';

/**
 * The next job id, within the caller's transaction. The last id has a row of its own, because it must outlive the
 * job, which garbage collection may remove. That row is read once and written once for all ids of a transaction.
 */
export function handOutId({ db, clock }: Queue, makeId: IdMaker): string {
  const ids = handingOut.get(db) ?? begin(db);
  return (ids.last = makeId(ids.last, clock.now().getTime()));
}

/** Within the caller's transaction: ids that are handed out from now on are greater than one that was made elsewhere. */
export function passId({ db }: Queue, id: string): void {
  const ids = handingOut.get(db) ?? begin(db);
  if (ids.last === undefined || ids.last < id) ids.last = id;
}

interface Ids {
  last: string | undefined;
}

/** The ids of transactions in progress. */
const handingOut = new WeakMap<Database, Ids>();

function begin(db: Database): Ids {
  const stored = db.value(`SELECT value FROM meta WHERE name = 'last_id'`);
  const ids = { last: typeof stored === 'string' ? stored : undefined };
  handingOut.set(db, ids);
  db.atEnd({
    finish: () =>
      db.run(`INSERT OR REPLACE INTO meta (name, value) VALUES ('last_id', ?)`, [ids.last ?? null]),
    forget: () => handingOut.delete(db),
  });
  return ids;
}
