import { keptDatabase, keptPlace, type Job } from '../../../core/model/job/job.ts';
import type { NewJob } from '../../../core/ports/jobs/job-queue.ts';
import { numberedIds } from '../../../support/ascending-ids.ts';
import { newRow, type NewRow } from '../../rows/new-row.ts';
import { columnsOf, storedText, storedTextOrNull } from '../columns.ts';
import type { Transaction } from '../database/database.ts';
import { append, type EventOfJob } from '../events/events.ts';
import { drawNumbers } from './ids.ts';
import { addInputs } from './inputs.ts';
import { laneOf, rearrange } from './lanes.ts';
import { wallTime, type Queue } from '../queue.ts';
import { refuseCondemned } from '../retention/refuse-condemned.ts';
import { addToHistory, type NewResult } from '../tracks/history.ts';

/** Accepts all jobs in one transaction. @throws NoLongerThere */
export async function submit(queue: Queue, jobs: readonly NewJob[]): Promise<readonly Job[]> {
  if (jobs.length === 0) return [];
  const idOf = await numberedIds();
  const numbers = await drawNumbers(queue, jobs.length);
  const now = wallTime(queue);
  const rows = jobs.map((accepted, at): ComingJob => {
    const seq = numbers[at] ?? 0;
    const row = newRow(accepted, idOf(seq), now);
    return { ...row, seq, lane: laneOf(row.columns), input: accepted.input };
  });
  await queue.db.write(
    async (turn) => {
      await refuseCondemned(queue, turn, jobs);
      await store(queue, turn, rows);
      await addToHistory(turn, now, rows.flatMap(resultOf));
    },
    { locks: lanesToLock(rows) },
  );
  return rows.map(({ job }) => job);
}

/** A job that comes into the store. Its first event tells that it is new. */
export interface ComingJob extends Pick<NewRow, 'columns' | 'job'> {
  readonly events: readonly EventOfJob['event'][];
  readonly seq: number;
  readonly lane: string;
  /** Its input, if the store keeps it. */
  readonly input: string | undefined;
}

/** Only jobs that wait come between others. */
export const lanesToLock = (rows: readonly ComingJob[]): readonly string[] =>
  rows.flatMap(({ job, lane }) => (job.state === 'pending' ? [lane] : []));

/** Within a transaction that has locked the lanes of the pending jobs. */
export async function store(
  queue: Queue,
  turn: Transaction,
  rows: readonly ComingJob[],
): Promise<void> {
  if (rows.length === 0) return;
  const second = await insert(turn, rows);
  await append(queue, turn, rows.flatMap(eventsOf));
  await addInputs(
    turn,
    rows.flatMap(({ seq, input, job }) =>
      input === undefined || job.state === 'done' ? [] : [{ seq, text: input }],
    ),
  );
  await rearrange(turn, second);
}

const resultOf = ({ job }: ComingJob): readonly NewResult[] =>
  job.state === 'done' ? [{ job_id: job.id, track_id: job.spec.track_id, result: job.result }] : [];

const eventsOf = ({ seq, events, job }: ComingJob): readonly EventOfJob[] =>
  events.map((event, at) =>
    at === 0 ? { seq, event, moved: { from: null, to: job.state } } : { seq, event },
  );

/** The lanes that had a head before. A job that comes into another lane, before the others, is its head from the start. */
async function insert(turn: Transaction, rows: readonly ComingJob[]): Promise<readonly string[]> {
  const leaders = leadersOf(rows);
  const inserted = await turn.query(insertSql, valuesOf(rows, leaders));
  const heads = new Set(
    inserted.filter((row) => row['head'] === 1).map((row) => Number(row['seq'])),
  );
  return rows.flatMap(({ seq, lane }) => (leaders.has(seq) && !heads.has(seq) ? [lane] : []));
}

/** Of the jobs that come into a lane together the one that is first there. */
function leadersOf(rows: readonly ComingJob[]): ReadonlySet<number> {
  const first = new Map<string, ComingJob>();
  for (const row of rows) {
    const known = first.get(row.lane);
    if (row.job.state !== 'pending') continue;
    if (known === undefined || row.job.priority > known.job.priority) first.set(row.lane, row);
  }
  return new Set([...first.values()].map(({ seq }) => seq));
}

const valuesOf = (rows: readonly ComingJob[], leaders: ReadonlySet<number>): unknown[][] =>
  columnsOf(
    rows,
    ({ seq }) => (leaders.has(seq) ? 1 : 0),
    ({ seq }) => seq,
    ({ columns }) => columns.id,
    ({ columns }) => columns.state,
    ({ lane }) => lane,
    ({ columns }) => columns.config_hash,
    ({ columns }) => columns.source_hash,
    ({ columns }) => storedTextOrNull(columns.track_id),
    ({ columns }) => storedTextOrNull(columns.object),
    ({ columns }) => storedTextOrNull(columns.kind),
    ({ columns }) => columns.needs,
    ({ columns }) => columns.submitter,
    ({ columns }) => columns.priority,
    ({ columns }) => columns.attempts,
    ({ columns }) => columns.max_attempts,
    ({ columns }) => columns.crashes,
    ({ columns }) => columns.submitted_at,
    ({ columns }) => columns.started_at,
    ({ columns }) => columns.finished_at,
    ({ columns }) => columns.cached,
    ({ columns }) => columns.result,
    ({ columns }) => columns.failure,
    ({ columns }) => columns.spec,
    ({ job }) => storedText(job.spec.runner),
    ({ job }) => storedText(job.spec.input.path),
    ({ job }) => storedTextOrNull(keptPlace(job.spec.input)),
    ({ job }) => storedTextOrNull(keptDatabase(job.spec)),
    ({ job }) => (job.spec.force ? 1 : 0),
    ({ job }) => (job.state === 'done' ? job.result.config_hash : null),
    ({ job }) => (job.state === 'done' ? job.result.source_hash : null),
  );

const insertSql = `INSERT INTO jobs (head, seq, id, state, lane, config_hash, source_hash, track_id,
    object, kind, needs, submitter, priority, attempts, max_attempts, crashes, submitted_at,
    started_at, finished_at, cached, result, failure, spec, runner, input_path, kept_input, kept_database, force,
    to_config_hash, to_source_hash)
  SELECT CASE WHEN leads = 1 AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.lane = new.lane AND head = 1)
      THEN 1 ELSE 0 END, seq, id, state, lane, config_hash, source_hash, track_id,
    object, kind, needs, submitter, priority, attempts, max_attempts, crashes, submitted_at,
    started_at, finished_at, cached, result, failure, spec, runner, input_path, kept_input, kept_database, force,
    to_config_hash, to_source_hash
  FROM unnest($1::int[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::int[], $14::int[],
    $15::int[], $16::int[], $17::text[], $18::text[], $19::text[], $20::int[], $21::text[],
    $22::text[], $23::text[], $24::text[], $25::text[], $26::text[], $27::text[], $28::int[],
    $29::text[], $30::text[]) AS new (leads, seq, id, state, lane, config_hash, source_hash, track_id,
    object, kind, needs, submitter, priority, attempts, max_attempts, crashes, submitted_at,
    started_at, finished_at, cached, result, failure, spec, runner, input_path, kept_input, kept_database, force,
    to_config_hash, to_source_hash)
  RETURNING seq, head`;
