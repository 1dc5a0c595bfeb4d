/** Takes jobs out of their states, within a transaction that has checked that it may. */
import { endingEvent } from '../../../core/ports/jobs/endings.ts';
import type { Settlement } from '../../../core/ports/jobs/job-queue.ts';
import { departure, type Leaving } from '../../rows/departure.ts';
import { columnsOf } from '../columns.ts';
import type { Transaction } from '../database/database.ts';
import { append } from '../events/events.ts';
import { promote } from './lanes.ts';
import { wallTime, type Queue } from '../queue.ts';
import { addToHistory, type NewResult } from '../tracks/history.ts';

export interface Leaver {
  readonly seq: number;
  readonly lane: string;
  readonly from: 'pending' | 'running';
  readonly job: Leaving;
  readonly settlement: Settlement;
}

export async function leave(
  queue: Queue,
  turn: Transaction,
  leavers: readonly Leaver[],
): Promise<void> {
  if (leavers.length === 0) return;
  const now = wallTime(queue);
  const departures = leavers.map(({ job, settlement, seq, from }) => {
    const columns = departure(queue.clock, now, job, settlement);
    const event = endingEvent(settlement, job.attempts);
    const result = settlement.state === 'done' ? settlement.result : undefined;
    return { seq, columns, event, result, moved: { from, to: columns.state } };
  });
  await turn.query(
    leaveSql,
    columnsOf(
      departures,
      ({ seq }) => seq,
      ({ columns }) => columns.state,
      ({ columns }) => columns.attempts,
      ({ columns }) => columns.crashes,
      ({ columns }) => columns.finished_at,
      ({ columns }) => columns.run_at,
      ({ columns }) => columns.due_ms,
      ({ columns }) => columns.keepsFailure,
      ({ columns }) => columns.failure,
      ({ columns }) => columns.result,
      ({ columns }) => (columns.cached ? 1 : 0),
      ({ result }) => result?.config_hash,
      ({ result }) => result?.source_hash,
    ),
  );
  await append(queue, turn, departures);
  await addToHistory(turn, now, leavers.flatMap(resultOf));
  await promote(
    turn,
    leavers.map(({ lane }) => lane),
  );
}

const resultOf = ({ job, settlement }: Leaver): readonly NewResult[] =>
  settlement.state === 'done'
    ? [{ job_id: job.id, track_id: job.spec.track_id, result: settlement.result }]
    : [];

/**
 * `failure` and `started_at` may stay. All other columns of a state are cleared. A failed or canceled job may run again, so it keeps
 * its input.
 */
const leaveSql = `WITH gone AS (
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::int[], $4::int[], $5::text[], $6::text[],
      $7::bigint[], $8::bool[], $9::text[], $10::text[], $11::int[], $12::text[], $13::text[])
      AS gone (seq, state, attempts, crashes, finished_at, run_at, due_ms, keeps, failure, result,
        cached, to_config_hash, to_source_hash)
  ), dropped AS (
    DELETE FROM inputs USING gone WHERE inputs.job = gone.seq AND gone.state = 'done'
  )
  UPDATE jobs SET state = gone.state, attempts = gone.attempts, crashes = gone.crashes,
    started_at = CASE WHEN gone.state = 'pending' THEN NULL ELSE jobs.started_at END,
    finished_at = gone.finished_at, run_at = gone.run_at, due_ms = gone.due_ms,
    failure = CASE WHEN gone.keeps THEN jobs.failure ELSE gone.failure END,
    result = gone.result, cached = gone.cached,
    to_config_hash = gone.to_config_hash, to_source_hash = gone.to_source_hash,
    owner = NULL, lease_until = NULL, cancel_requested = 0, head = 0
  FROM gone WHERE jobs.seq = gone.seq`;
