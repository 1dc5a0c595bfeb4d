import type { MovedJob, Taken } from '../../../core/ports/jobs/job-transfer.ts';
import { columnsOfJob } from '../../rows/new-row.ts';
import { columnsOf } from '../columns.ts';
import type { Transaction } from '../database/database.ts';
import type { Queue } from '../queue.ts';
import { afterIds, drawNumbers } from './ids.ts';
import { laneOf } from './lanes.ts';
import { lanesToLock, store, type ComingJob } from './submissions.ts';

/** Takes jobs of another job store over, in one transaction; see JobTransfer. */
export async function take(queue: Queue, jobs: readonly MovedJob[]): Promise<readonly Taken[]> {
  if (jobs.length === 0) return [];
  const after = afterIds(jobs.map(({ job }) => job.id));
  const numbers = await drawNumbers(queue, jobs.length, after);
  const rows = jobs.map((moved, at) => rowOf(moved, numbers[at] ?? 0));
  // Two transfers take turns.
  const locks = [transfers, ...lanesToLock(rows)];
  return queue.db.write(
    async (turn) => {
      const answers = await answersOf(turn, jobs);
      await store(
        queue,
        turn,
        rows.filter((_row, at) => answers[at] === 'taken'),
      );
      return answers;
    },
    { locks },
  );
}

const transfers = 'transfers of jobs';

function rowOf({ job, events, input }: MovedJob, seq: number): ComingJob {
  const columns = columnsOfJob(job, null);
  return { seq, columns, events, job, lane: laneOf(columns), input };
}

async function answersOf(turn: Transaction, jobs: readonly MovedJob[]): Promise<readonly Taken[]> {
  const rows = await turn.query(
    answerSql,
    columnsOf(jobs, ({ job }) => job.id),
  );
  return rows.map(({ there, late }) =>
    there === true ? 'there' : late === true ? 'late' : 'taken',
  );
}

const answerSql = `SELECT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = moved.id) AS there,
    moved.id < (SELECT max(id) FROM jobs) AS late
  FROM unnest($1::text[]) WITH ORDINALITY AS moved (id, place) ORDER BY place`;
