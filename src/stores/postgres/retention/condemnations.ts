/**
 * What garbage collection condemned. A removal happens between a condemnation and its release, outside of any transaction. A
 * released row stays until `forgetReleased`. By it, a submission that saw the entry before the removal is refused.
 *
 * Condemnations take the gate alone: so no submission is on its way that looked before and is accepted after.
 */
import * as z from 'zod/mini';
import { namesOf, removableName, type Removable } from '../../../core/model/entry/removable.ts';
import { condemnedMs, type Condemned, type Moment } from '../../../core/ports/jobs/retention.ts';
import { currentOwner } from '../../../support/process/owner.ts';
import { ownerOf, ownerText, parsed } from '../../rows/rows.ts';
import type { Transaction } from '../database/database.ts';
import type { Queue } from '../queue.ts';
import { arrivedSince } from './reliances.ts';

export const condemn = (
  queue: Queue,
  what: readonly Removable[],
  upTo: number,
): Promise<Condemned> =>
  queue.db.write(
    async (turn) => {
      const arrived = await arrivedSince(queue, turn, upTo);
      const reliedOn = namesOf(arrived.of);
      const held = await heldAmong(queue, turn, what.map(removableName));
      const condemned = what.map((one) => {
        const name = removableName(one);
        // Names that are asked for twice are condemned once.
        if (reliedOn.has(name) || held.has(name)) return false;
        held.add(name);
        return true;
      });
      const names = what.filter((_, at) => condemned[at]).map(removableName);
      const until = Math.ceil(queue.clock.monotonic() + condemnedMs);
      await turn.query(insertSql, [names, ownerText(currentOwner()), until]);
      return { condemned, arrived };
    },
    { isAlone: true },
  );

const insertSql = `INSERT INTO condemned (name, owner, lease_until)
  SELECT name, $2, $3 FROM unnest($1::text[]) AS name`;

export const release = (queue: Queue, what: readonly Removable[]): Promise<void> =>
  queue.db.write(async (turn) => {
    await turn.query(releaseSql, [what.map(removableName), ownerText(currentOwner())]);
  });

const releaseSql = 'UPDATE condemned SET owner = NULL WHERE name = ANY($1::text[]) AND owner = $2';

const momentRow = z.object({ moment: z.number() });

export const moment = async (queue: Queue): Promise<Moment> =>
  parsed(queue, momentRow, (await queue.db.run(momentSql))[0]).moment;

/** Also counts the rows that were deleted since. */
const momentSql = `SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS moment FROM condemned_seqs`;

export const isCondemned = async (queue: Queue, what: Removable): Promise<boolean> => {
  const rows = await queue.db.run(latestSql, [[removableName(what)]]);
  return parsed(queue, condemnedRows, rows).some((row) => holds(queue, row));
};

export async function forgetReleased(queue: Queue): Promise<void> {
  while (await queue.db.write((turn) => forgetPortion(queue, turn), { isAlone: true }));
}

/** False if nothing is left to forget. */
async function forgetPortion(queue: Queue, turn: Transaction): Promise<boolean> {
  const rows = parsed(queue, condemnedRows, await turn.query(firstSql));
  const released = rows.filter((row) => !holds(queue, row)).map(({ seq }) => seq);
  if (released.length === 0) return false;
  await turn.query('DELETE FROM condemned WHERE seq = ANY($1::bigint[])', [released]);
  const forgotten = Math.max(...released, (await condemnedSoFar(queue, turn)).forgotten);
  await turn.query(forgottenSql, [forgottenName, String(forgotten)]);
  return rows.length === rowsAtATime;
}

const rowsAtATime = 500;
const forgottenName = 'condemned_forgotten';
const forgottenSql = `INSERT INTO meta (name, value) VALUES ($1, $2)
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`;

const soFarRow = z.object({ forgotten: z.number(), any: z.boolean() });
const soFarSql = `SELECT coalesce((SELECT value::bigint FROM meta WHERE name = $1), 0) AS forgotten,
  EXISTS (SELECT 1 FROM condemned) AS any`;

/**
 * The last row that was forgotten, and whether any is left. A submission that looked before it is refused, because its rows may be
 * among those.
 */
export async function condemnedSoFar(
  queue: Queue,
  turn: Transaction,
): Promise<{ readonly forgotten: Moment; readonly isAny: boolean }> {
  const [row] = await turn.query(soFarSql, [forgottenName]);
  const { forgotten, any } = parsed(queue, soFarRow, row);
  return { forgotten, isAny: any };
}

/** The latest condemnation of each of these names that has one. */
export async function latestOf(
  queue: Queue,
  turn: Transaction,
  names: readonly string[],
): Promise<ReadonlyMap<string, CondemnedRow>> {
  const rows = parsed(queue, condemnedRows, await turn.query(latestSql, [names]));
  return new Map(rows.map((row) => [row.name, row]));
}

async function heldAmong(
  queue: Queue,
  turn: Transaction,
  names: readonly string[],
): Promise<Set<string>> {
  const latest = await latestOf(queue, turn, names);
  return new Set(names.filter((name) => holds(queue, latest.get(name))));
}

const condemnedRow = z.object({
  seq: z.number(),
  name: z.string(),
  owner: z.nullable(z.string()),
  lease_until: z.number(),
});
const condemnedRows = z.array(condemnedRow);
export type CondemnedRow = z.infer<typeof condemnedRow>;

const latestSql = `SELECT DISTINCT ON (name) seq, name, owner, lease_until FROM condemned
  WHERE name = ANY($1::text[]) ORDER BY name, seq DESC`;
const firstSql = `SELECT seq, name, owner, lease_until FROM condemned ORDER BY seq LIMIT ${rowsAtATime}`;

/** Whether a garbage collection may remove it at any time. */
export function holds(queue: Queue, row: CondemnedRow | undefined): boolean {
  if (row?.owner == null || row.lease_until <= queue.clock.monotonic()) return false;
  return queue.isAlive(ownerOf(queue, row.owner)) !== false;
}
