/** Which entries and inputs jobs still rely on, for garbage collection. core/ports/jobs/retention.ts states the promises. */
import * as z from 'zod/mini';
import type { Reliances } from '../../../core/ports/jobs/retention.ts';
import {
  collectReliances,
  reliancesOf,
  relianceRow,
  type RelianceRow,
} from '../../rows/reliance-row.ts';
import { parsed } from '../../rows/rows.ts';
import { shownText } from '../columns.ts';
import type { Row, Transaction } from '../database/database.ts';
import type { Queue } from '../queue.ts';

const rowsAtATime = 500;

/**
 * A predicted key and the key that it leads to. For a done job that is the key of its result, because a hit may have no alias.
 */
const relianceSql = `SELECT jobs.seq, jobs.id AS job_id, jobs.config_hash, jobs.source_hash, kept_input AS input, kept_database AS database,
    coalesce(jobs.to_config_hash, aliases.to_config_hash) AS to_config_hash,
    coalesce(jobs.to_source_hash, aliases.to_source_hash) AS to_source_hash
  FROM jobs LEFT JOIN aliases
    ON aliases.config_hash = jobs.config_hash AND aliases.source_hash = jobs.source_hash`;
/** One statement a page, so that a job that changes between the two states is seen when its page is read. */
const liveSql = `${relianceSql} WHERE state IN ('pending', 'running') AND jobs.seq > $1
  ORDER BY jobs.seq LIMIT ${rowsAtATime}`;
/** Numbers of events are taken with the gate, those of jobs before. */
const arrivedSql = `${relianceSql} WHERE state = 'running'
  OR jobs.seq IN (SELECT job FROM events WHERE seq > $1 AND type = 'submitted')`;

/**
 * Reads the moment first, with the gate: every job whose first event has a number up to it is there by then. One that is accepted after it is
 * reported by `arrivedSince`.
 */
export async function reliances(queue: Queue): Promise<Reliances> {
  const upTo = await queue.db.write((turn) => latestEvent(queue, turn), { isAlone: true });
  const of = await collectReliances(async (after) =>
    relianceRows(queue, await queue.db.run(liveSql, [after])),
  );
  return { of, upTo };
}

/** Within a transaction beside no other: what running jobs rely on, and jobs that were accepted after `upTo`. */
export async function arrivedSince(
  queue: Queue,
  turn: Transaction,
  upTo: number,
): Promise<Reliances> {
  const rows = relianceRows(queue, await turn.query(arrivedSql, [upTo]));
  return { of: rows.flatMap(reliancesOf), upTo: await latestEvent(queue, turn) };
}

const lastRow = z.object({ last: z.number() });
const lastSql = 'SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM event_seqs';

const latestEvent = async (queue: Queue, turn: Transaction): Promise<number> =>
  parsed(queue, lastRow, (await turn.query(lastSql))[0]).last;

const relianceRows = (queue: Queue, rows: readonly Row[]): readonly RelianceRow[] =>
  parsed(queue, z.array(relianceRow), rows).map((row) => ({
    ...row,
    input: row.input === null ? null : shownText(row.input),
    database: row.database === null ? null : shownText(row.database),
  }));
