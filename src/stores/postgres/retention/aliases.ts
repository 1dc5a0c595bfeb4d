/** Aliases, which lead from a predicted key to the actual one. */
import * as z from 'zod/mini';
import { formatKey, sameKey, type EntryKey } from '../../../core/model/entry/key.ts';
import { removableName } from '../../../core/model/entry/removable.ts';
import { NoLongerThere } from '../../../core/ports/jobs/job-queue.ts';
import { keyColumns, parsed } from '../../rows/rows.ts';
import type { Transaction } from '../database/database.ts';
import type { Queue } from '../queue.ts';
import { holds, latestOf } from './condemnations.ts';

const keyRow = z.object(keyColumns);
const aliasSql = `SELECT to_config_hash AS config_hash, to_source_hash AS source_hash FROM aliases
  WHERE config_hash = $1 AND source_hash = $2`;

export async function alias(
  queue: Queue,
  { config_hash, source_hash }: EntryKey,
): Promise<EntryKey | undefined> {
  const [row] = await queue.db.run(aliasSql, [config_hash, source_hash]);
  return row && parsed(queue, keyRow, row);
}

/**
 * Writes nothing if the alias is known already: then what it leads to was relied on together with the job.
 * @throws NoLongerThere
 */
export async function remember(queue: Queue, predicted: EntryKey, actual: EntryKey): Promise<void> {
  const known = (await alias(queue, predicted)) ?? predicted;
  if (sameKey(known, actual)) return;
  const { config_hash, source_hash } = predicted;
  await queue.db.write(async (turn) => {
    const name = removableName({ entry: actual });
    const latest = await latestOf(queue, turn, [name]);
    if (holds(queue, latest.get(name))) throw new NoLongerThere();
    if (sameKey(predicted, actual)) await turn.query(dropSql, [config_hash, source_hash]);
    else
      await turn.query(rememberSql, [
        ...[config_hash, source_hash, actual.config_hash, actual.source_hash],
      ]);
  });
}

const dropSql = 'DELETE FROM aliases WHERE config_hash = $1 AND source_hash = $2';
const rememberSql = `INSERT INTO aliases (config_hash, source_hash, to_config_hash, to_source_hash)
  VALUES ($1, $2, $3, $4) ON CONFLICT (config_hash, source_hash)
  DO UPDATE SET to_config_hash = excluded.to_config_hash, to_source_hash = excluded.to_source_hash`;

const aliasRows = z.array(
  z.object({ ...keyColumns, to_config_hash: z.string(), to_source_hash: z.string() }),
);
const aliasesSql = `SELECT aliases.* FROM aliases
  JOIN unnest($1::text[], $2::text[]) AS asked (config_hash, source_hash) USING (config_hash, source_hash)`;

/** The keys to which these lead, by `formatKey`. */
export async function aliasesOf(
  queue: Queue,
  turn: Transaction,
  keys: readonly EntryKey[],
): Promise<ReadonlyMap<string, EntryKey>> {
  const asked = [keys.map((key) => key.config_hash), keys.map((key) => key.source_hash)];
  const rows = parsed(queue, aliasRows, await turn.query(aliasesSql, asked));
  return new Map(
    rows.map((row) => [
      formatKey(row),
      { config_hash: row.to_config_hash, source_hash: row.to_source_hash },
    ]),
  );
}
