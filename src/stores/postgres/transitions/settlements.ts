import * as z from 'zod/mini';
import type { Job, RunningJob } from '../../../core/model/job/job.ts';
import type { Settlement } from '../../../core/ports/jobs/job-queue.ts';
import { canceled, unlessCanceled } from '../../../core/ports/jobs/endings.ts';
import { soughtId } from '../columns.ts';
import { parsed } from '../../rows/rows.ts';
import type { Transaction } from '../database/database.ts';
import { laneIn } from './lanes.ts';
import { leave, type Leaver } from './leave.ts';
import { get, jobIn } from '../lookups.ts';
import type { Queue } from '../queue.ts';

/** How the attempt of a claimed job ended. */
export interface Ending {
  readonly job: RunningJob;
  readonly settlement: Settlement;
}

const heldRow = z.object({
  seq: z.number(),
  id: z.string(),
  lane: z.string(),
  epoch: z.number(),
  cancel_requested: z.number(),
});

/** All in one transaction. False for those whose epoch has moved on. */
export const settle = (queue: Queue, endings: readonly Ending[]): Promise<readonly boolean[]> =>
  queue.db.write(async (turn) => {
    const rows = await turn.query(heldSql, [endings.map(({ job }) => job.id)]);
    const held = new Map(parsed(queue, z.array(heldRow), rows).map((row) => [row.id, row]));
    const settled = endings.map((ending): Leaver | undefined => {
      const row = held.get(ending.job.id);
      if (row?.epoch !== ending.job.epoch) return undefined;
      // A second settlement of the same attempt finds nothing.
      held.delete(row.id);
      const { job, settlement } = ending;
      const { seq, lane, cancel_requested } = row;
      return {
        seq,
        lane,
        from: 'running',
        job,
        settlement: unlessCanceled(settlement, cancel_requested === 1),
      };
    });
    await leave(
      queue,
      turn,
      settled.flatMap((leaver) => leaver ?? []),
    );
    return settled.map((leaver) => leaver !== undefined);
  });

const heldSql = `SELECT seq, id, lane, epoch, cancel_requested FROM jobs
  WHERE id = ANY($1::text[]) AND state = 'running' ORDER BY seq FOR UPDATE`;

export async function cancel(queue: Queue, id: string): Promise<Job | undefined> {
  const [found] = await queue.db.run('SELECT lane FROM jobs WHERE id = $1', [soughtId(id)]);
  if (found === undefined) return undefined;
  const lane = laneIn(found);
  await queue.db.write((turn) => cancelIn(queue, turn, id, lane), { locks: [lane] });
  return get(queue, id);
}

async function cancelIn(queue: Queue, turn: Transaction, id: string, lane: string): Promise<void> {
  const [row] = await turn.query('SELECT * FROM jobs WHERE id = $1 FOR UPDATE', [id]);
  if (row === undefined) return;
  const job = jobIn(queue, row);
  const place = { seq: Number(row['seq']), lane };
  if (job.state === 'pending')
    await leave(queue, turn, [{ ...place, from: 'pending', job, settlement: canceled }]);
  if (job.state === 'running') await turn.query(requestSql, [id]);
}

const requestSql = 'UPDATE jobs SET cancel_requested = 1 WHERE id = $1';
