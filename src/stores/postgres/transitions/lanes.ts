/**
 * A lane: jobs with one key that the same workers may take. Of those that wait and are due, the first is the head of its lane, and
 * claims look at heads alone. A job that runs stays the head of its lane until it leaves it.
 *
 * A transaction that puts jobs into a lane, or takes waiting jobs out, locks the lane until it ends.
 */
import * as z from 'zod/mini';
import { sha256 } from '../../../core/hashing/digest.ts';
import type { Row, Transaction } from '../database/database.ts';

export interface InLane {
  readonly config_hash: string;
  readonly source_hash: string;
  readonly submitter: string | null;
  readonly object: string | null;
  readonly kind: string | null;
  readonly needs: string | null;
}

export const laneOf = (job: InLane): string => {
  const { config_hash, source_hash, submitter, object, kind, needs } = job;
  const lane = [config_hash, source_hash, submitter, object, kind, needs];
  return sha256(JSON.stringify(lane)).slice(0, 32);
};

export const laneIn = (row: Row): string => z.string().parse(row['lane']);

/**
 * Gives the lanes that jobs came into the heads that they should have. The lanes are locked. In two statements: the second one
 * sees a job that a claim took while the first one waited for it.
 */
export async function rearrange(turn: Transaction, lanes: readonly string[]): Promise<void> {
  if (lanes.length === 0) return;
  await turn.query(demoteSql, [[...new Set(lanes)].sort()]);
  await promote(turn, lanes);
}

/** Makes the first of each lane its head, if it has none: jobs have left them. */
export async function promote(turn: Transaction, lanes: readonly string[]): Promise<void> {
  await turn.query(promoteSql, [[...new Set(lanes)].sort()]);
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
