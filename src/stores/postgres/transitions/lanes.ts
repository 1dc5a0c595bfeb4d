/**
 * A lane: jobs with one key that the same workers may take. Of those that wait and are due, the first is the head of its lane, and
 * claims look at heads alone. A job that runs stays the head of its lane until it leaves it.
 *
 * Whoever adds jobs to a lane or takes waiting ones out of it holds the lane's lock until the end of the transaction. Several are
 * taken in one order.
 */
import * as z from 'zod/mini';
import { sha256 } from '../../../core/hashing/digest.ts';
import { lockOf } from '../database/locks.ts';
import type { Row, Transaction } from '../database/database.ts';
import type { Queue } from '../queue.ts';

export interface InLane {
  readonly config_hash: string;
  readonly source_hash: string;
  readonly submitter: string | null;
  readonly object: string | null;
  readonly kind: string | null;
}

export const laneOf = ({ config_hash, source_hash, submitter, object, kind }: InLane): string =>
  sha256(JSON.stringify([config_hash, source_hash, submitter, object, kind])).slice(0, 32);

export const laneIn = (row: Row): string => z.string().parse(row['lane']);

export async function lockLanes(
  { db }: Queue,
  turn: Transaction,
  lanes: readonly string[],
): Promise<void> {
  const locks = [...new Set(lanes)].map((lane) => BigInt(lockOf(db.schema, lane)));
  const sorted = locks.sort((a, b) => (a < b ? -1 : 1)).map(String);
  await turn.query(lockSql, [sorted]);
}

const lockSql = 'SELECT count(pg_advisory_xact_lock(lock)) FROM unnest($1::bigint[]) AS lock';

/**
 * Makes the first of each lane its head, if no job of it runs. The lanes are locked. In two statements: the second one sees a job
 * that a claim took while the first one waited for it.
 */
export async function promote(turn: Transaction, lanes: readonly string[]): Promise<void> {
  const values = [[...new Set(lanes)].sort()];
  await turn.query(demoteSql, values);
  await turn.query(promoteSql, values);
}

const firstOf = (lane: string): string => `(SELECT seq FROM jobs AS waiting
    WHERE waiting.lane = ${lane} AND waiting.state = 'pending' AND waiting.due_ms IS NULL
    ORDER BY waiting.priority DESC, waiting.seq LIMIT 1)`;

const demoteSql = `UPDATE jobs SET head = 0
  WHERE lane = ANY($1::text[]) AND head = 1 AND state = 'pending'
    AND seq IS DISTINCT FROM ${firstOf('jobs.lane')}`;

const promoteSql = `UPDATE jobs SET head = 1
  WHERE head = 0 AND state = 'pending' AND seq IN (
    SELECT ${firstOf('lanes.lane')} FROM unnest($1::text[]) AS lanes (lane)
    WHERE NOT EXISTS (SELECT 1 FROM jobs AS first WHERE first.lane = lanes.lane AND first.head = 1))`;
