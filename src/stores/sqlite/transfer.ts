import type { MovedJob, Taken } from '../../core/ports/jobs/job-transfer.ts';
import { columnsOfJob } from '../rows/new-row.ts';
import { append } from './events.ts';
import { passId } from './id-sequence.ts';
import { addInput } from './inputs.ts';
import type { Queue } from './queue.ts';
import { insertJob } from './submissions.ts';

/** Takes jobs of another job store over, in one transaction; see JobTransfer. */
export const take = (queue: Queue, jobs: readonly MovedJob[]): Promise<readonly Taken[]> =>
  queue.db.write(() => {
    const last = queue.db.value(lastSql);
    return jobs.map((moved) => takeOne(queue, moved, typeof last === 'string' ? last : ''));
  });

function takeOne(queue: Queue, { job, events, input }: MovedJob, last: string): Taken {
  const { id } = job;
  if (id <= last) return queue.db.value(thereSql, { id }) === undefined ? 'late' : 'there';
  const seq = insertJob(queue, columnsOfJob(job, null));
  for (const event of events) append(queue, seq, event, event.at);
  if (input !== undefined && job.state !== 'done') addInput(queue, seq, input);
  passId(queue, id);
  return 'taken';
}

const lastSql = 'SELECT id FROM jobs WHERE seq = (SELECT max(seq) FROM jobs)';
const thereSql = 'SELECT seq FROM jobs WHERE id = @id';
