import type { IdMaker } from './ids.ts';
import type { Queue } from './queue.ts';

/** The last id stands in a row of its own: it must outlive the job, which a collection may remove. */
export function handOutIds(queue: Queue, count: number, makeId: IdMaker): string[] {
  const { db, clock } = queue;
  const stored = db.value(`SELECT value FROM meta WHERE name = 'last_id'`);
  let last = typeof stored === 'string' ? stored : undefined;
  const now = clock.now().getTime();
  const ids = Array.from({ length: count }, () => (last = makeId(last, now)));
  db.run(`INSERT OR REPLACE INTO meta (name, value) VALUES ('last_id', ?)`, [last ?? null]);
  return ids;
}
