/**
 * What garbage collection condemned. A removal happens between a condemnation and its release, outside of any lock. A
 * released row stays until `forgetReleased`. By it, a submission that saw the entry before the removal is refused.
 *
 * Nothing here waits for the disk: a crash of the machine ends the garbage collection and all who rely on its rows.
 */
import * as z from 'zod/mini';
import { namesOf, removableName, type Removable } from '../../../core/model/entry/removable.ts';
import { condemnedMs, type Condemned, type Moment } from '../../../core/ports/jobs/retention.ts';
import { currentOwner } from '../../../support/process/owner.ts';
import { timeOf, type Queue } from '../queue.ts';
import { ownerOf, ownerText, parsed } from '../../rows/rows.ts';
import { arrivedSince } from './reliances.ts';

export const condemn = (
  queue: Queue,
  what: readonly Removable[],
  upTo: number,
): Promise<Condemned> =>
  queue.db.writeSoftly(() => {
    const arrived = arrivedSince(queue, upTo);
    const reliedOn = namesOf(arrived.of);
    const condemned = what.map((one) => {
      const name = removableName(one);
      if (reliedOn.has(name) || isHeld(queue, one)) return false;
      insert(queue, name);
      return true;
    });
    return { condemned, arrived };
  });

function insert(queue: Queue, name: string): void {
  const { boot, now } = timeOf(queue);
  const until = Math.ceil(now + condemnedMs);
  queue.db.run(insertSql, [name, ownerText(currentOwner()), boot, until]);
}

const insertSql =
  'INSERT INTO condemned (name, owner, lease_boot, lease_until) VALUES (?, ?, ?, ?)';

export const release = (queue: Queue, what: readonly Removable[]): Promise<void> =>
  queue.db.writeSoftly(() => {
    const owner = ownerText(currentOwner());
    for (const one of what) queue.db.run(releaseSql, [removableName(one), owner]);
  });

const releaseSql = 'UPDATE condemned SET owner = NULL WHERE name = ? AND owner = ?';

export const moment = (queue: Queue): Promise<Moment> =>
  queue.db.read(() => Number(queue.db.value(momentSql)));

/** Also counts the rows that were deleted since. */
const momentSql = `SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'condemned'`;

export const isCondemned = (queue: Queue, what: Removable): Promise<boolean> =>
  queue.db.read(() => isHeld(queue, what));

export async function forgetReleased(queue: Queue): Promise<void> {
  while (await queue.db.writeSoftly(() => forgetPortion(queue)));
}

/** False if nothing is left to forget. */
function forgetPortion(queue: Queue): boolean {
  const rows = parsed(queue, z.array(condemnedRow), queue.db.all(firstSql));
  const released = rows.filter((row) => !holds(queue, row));
  const last = released.at(-1);
  if (last === undefined) return false;
  for (const { seq } of released) queue.db.run('DELETE FROM condemned WHERE seq = ?', [seq]);
  const forgotten = Math.max(last.seq, lastForgotten(queue));
  queue.db.run('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)', [
    forgottenName,
    String(forgotten),
  ]);
  return rows.length === rowsAtATime;
}

const rowsAtATime = 500;
const forgottenName = 'condemned_forgotten';

/** The last row that was forgotten. A submission that looked before it is refused, because its rows may be among those. */
export const lastForgotten = (queue: Queue): Moment =>
  Number(queue.db.value('SELECT value FROM meta WHERE name = ?', [forgottenName]) ?? 0);

export const isNothingCondemned = (queue: Queue): boolean =>
  queue.db.value('SELECT max(seq) FROM condemned') === null;

/** Within a transaction: whether a garbage collection may remove it at any time. */
export const isHeld = (queue: Queue, what: Removable): boolean =>
  holds(queue, latestOf(queue, removableName(what)));

/** Within a transaction: as `isHeld`, or whether it was condemned after the moment and so may be gone. */
export function mayBeGone(queue: Queue, what: Removable, since: Moment | undefined): boolean {
  const latest = latestOf(queue, removableName(what));
  if (latest === undefined) return false;
  return (since !== undefined && latest.seq > since) || holds(queue, latest);
}

const condemnedRow = z.object({
  seq: z.int(),
  owner: z.nullable(z.string()),
  lease_boot: z.string(),
  lease_until: z.int(),
});
type CondemnedRow = z.infer<typeof condemnedRow>;

const latestOf = (queue: Queue, name: string): CondemnedRow | undefined => {
  const row = queue.db.get(latestSql, [name]);
  return row === undefined ? undefined : parsed(queue, condemnedRow, row);
};

const latestSql = `SELECT seq, owner, lease_boot, lease_until FROM condemned
  WHERE name = ? ORDER BY seq DESC LIMIT 1`;
const firstSql = `SELECT seq, owner, lease_boot, lease_until FROM condemned
  ORDER BY seq LIMIT ${rowsAtATime}`;

function holds(queue: Queue, row: CondemnedRow | undefined): boolean {
  if (row?.owner == null) return false;
  const { boot, now } = timeOf(queue);
  if (row.lease_boot !== boot || row.lease_until <= now) return false;
  return queue.isAlive(ownerOf(queue, row.owner)) !== false;
}
