/** Takes jobs out of their states, within a transaction that has checked that it may. */
import type { JobResult } from '../../../core/model/job/job.ts';
import type { Settlement } from '../../../core/ports/jobs/job-queue.ts';
import { departure, type Leaving } from '../../rows/departure.ts';
import { columnsOf } from '../columns.ts';
import type { Transaction } from '../database/database.ts';
import { append } from '../events/events.ts';
import { dropInputs } from './inputs.ts';
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
    const { columns, event } = departure(queue.clock, now, job, settlement);
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
  const done = leavers.flatMap(doneOf);
  await dropInputs(
    turn,
    done.map(({ seq }) => seq),
  );
  await addToHistory(turn, now, done);
  await promote(
    turn,
    leavers.map(({ lane }) => lane),
  );
}

const doneOf = ({ seq, job, settlement }: Leaver): (NewResult & { seq: number })[] =>
  settlement.state === 'done' ? [{ seq, ...resultOfTrack(job, settlement.result) }] : [];

const resultOfTrack = ({ id, spec }: Leaving, result: JobResult): NewResult => ({
  job_id: id,
  track_id: spec.track_id,
  result,
});

/** `failure` and `started_at` may stay. All other columns of a state are cleared. */
const leaveSql = `UPDATE jobs SET state = gone.state, attempts = gone.attempts, crashes = gone.crashes,
    started_at = CASE WHEN gone.state = 'pending' THEN NULL ELSE jobs.started_at END,
    finished_at = gone.finished_at, run_at = gone.run_at, due_ms = gone.due_ms,
    failure = CASE WHEN gone.keeps THEN jobs.failure ELSE gone.failure END,
    result = gone.result, cached = gone.cached,
    to_config_hash = gone.to_config_hash, to_source_hash = gone.to_source_hash,
    owner = NULL, lease_until = NULL, cancel_requested = 0, head = 0
  FROM unnest($1::bigint[], $2::text[], $3::int[], $4::int[], $5::text[], $6::text[], $7::bigint[],
    $8::bool[], $9::text[], $10::text[], $11::int[], $12::text[], $13::text[])
    AS gone (seq, state, attempts, crashes, finished_at, run_at, due_ms, keeps, failure, result,
      cached, to_config_hash, to_source_hash)
  WHERE jobs.seq = gone.seq`;
