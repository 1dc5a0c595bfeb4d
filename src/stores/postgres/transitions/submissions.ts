import { keptPlace, type Job } from '../../../core/model/job/job.ts';
import type { NewJob } from '../../../core/ports/jobs/job-queue.ts';
import { numberedIds } from '../../../support/ascending-ids.ts';
import { newRow, type NewRow } from '../../rows/new-row.ts';
import { columnsOf, storedText, storedTextOrNull } from '../columns.ts';
import type { Transaction } from '../database/database.ts';
import { append } from '../events/events.ts';
import { drawNumbers } from './ids.ts';
import { addInputs } from './inputs.ts';
import { laneOf, lockLanes, promote } from './lanes.ts';
import { wallTime, type Queue } from '../queue.ts';
import { refuseCondemned } from '../retention/refuse-condemned.ts';
import { addToHistory } from '../tracks/history.ts';

/** Accepts all jobs in one transaction. @throws NoLongerThere */
export async function submit(queue: Queue, jobs: readonly NewJob[]): Promise<readonly Job[]> {
  if (jobs.length === 0) return [];
  const idOf = await numberedIds();
  const numbers = await drawNumbers(queue, jobs.length);
  return queue.db.write(async (turn) => {
    await refuseCondemned(queue, turn, jobs);
    const now = wallTime(queue);
    const rows = jobs.map((accepted, at): Accepted => {
      const seq = numbers[at] ?? 0;
      const row = newRow(accepted, idOf(seq), now);
      return { ...row, seq, accepted, lane: laneOf(row.columns) };
    });
    await store(queue, turn, rows);
    return rows.map(({ job }) => job);
  });
}

interface Accepted extends NewRow {
  readonly seq: number;
  readonly lane: string;
  readonly accepted: NewJob;
}

async function store(queue: Queue, turn: Transaction, rows: readonly Accepted[]): Promise<void> {
  const lanes = rows.flatMap(({ job, lane }) => (job.state === 'pending' ? [lane] : []));
  if (lanes.length > 0) await lockLanes(queue, turn, lanes);
  await insert(turn, rows);
  await append(
    queue,
    turn,
    rows.flatMap(({ seq, events }) => events.map((event) => ({ seq, event }))),
  );
  await addInputs(
    turn,
    rows.flatMap(({ seq, accepted: { input } }) =>
      input === undefined ? [] : [{ seq, text: input }],
    ),
  );
  await addToHistory(
    turn,
    wallTime(queue),
    rows.flatMap(({ job }) =>
      job.state === 'done'
        ? [{ job_id: job.id, track_id: job.spec.track_id, result: job.result }]
        : [],
    ),
  );
  if (lanes.length > 0) await promote(turn, lanes);
}

const insert = (turn: Transaction, rows: readonly Accepted[]) =>
  turn.query(
    insertSql,
    columnsOf(
      rows,
      ({ seq }) => seq,
      ({ columns }) => columns.id,
      ({ columns }) => columns.state,
      ({ lane }) => lane,
      ({ columns }) => columns.config_hash,
      ({ columns }) => columns.source_hash,
      ({ columns }) => storedTextOrNull(columns.track_id),
      ({ columns }) => storedTextOrNull(columns.object),
      ({ columns }) => storedTextOrNull(columns.kind),
      ({ columns }) => columns.submitter,
      ({ columns }) => columns.priority,
      ({ columns }) => columns.max_attempts,
      ({ columns }) => columns.submitted_at,
      ({ columns }) => columns.finished_at,
      ({ columns }) => columns.cached,
      ({ columns }) => columns.result,
      ({ columns }) => columns.failure,
      ({ columns }) => columns.spec,
      ({ job }) => storedText(job.spec.runner),
      ({ job }) => storedText(job.spec.input.path),
      ({ job }) => storedTextOrNull(keptPlace(job.spec.input)),
      ({ job }) => (job.spec.force ? 1 : 0),
      ({ job }) => (job.state === 'done' ? job.result.config_hash : null),
      ({ job }) => (job.state === 'done' ? job.result.source_hash : null),
    ),
  );

const insertSql = `INSERT INTO jobs (seq, id, state, lane, config_hash, source_hash, track_id, object,
    kind, submitter, priority, max_attempts, submitted_at, finished_at, cached, result, failure,
    spec, runner, input_path, kept_input, force, to_config_hash, to_source_hash)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
    $7::text[], $8::text[], $9::text[], $10::text[], $11::int[], $12::int[], $13::text[],
    $14::text[], $15::int[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[],
    $21::text[], $22::int[], $23::text[], $24::text[])`;
