import type { CabError } from '../../../core/model/errors.ts';
import { failureData } from '../../../core/model/job/job-event.ts';
import { unreadableFailure } from '../../rows/damaged-rows.ts';
import type { Transaction } from '../database/database.ts';
import { append } from '../events/events.ts';
import { promote } from '../transitions/lanes.ts';
import { wallTime, type Queue } from '../queue.ts';

/**
 * Ends a job whose row cannot be read, within the caller's transaction. If the job stayed, each claim would fail on it. The row
 * keeps all that the job was accepted with.
 */
export async function endUnreadable(
  queue: Queue,
  turn: Transaction,
  { seq, lane }: { readonly seq: number; readonly lane: string },
  damage: CabError,
): Promise<void> {
  const failure = unreadableFailure(damage, queue.place);
  await turn.query(endSql, [seq, wallTime(queue), JSON.stringify(failure)]);
  const event = { type: 'failed', attempt: 0, data: failureData(failure) } as const;
  const moved = { from: 'running', to: 'error' } as const;
  await append(queue, turn, [{ seq, event, moved }]);
  await promote(turn, [lane]);
}

const endSql = `UPDATE jobs SET state = 'error', finished_at = $2, failure = $3,
    owner = NULL, lease_until = NULL, cancel_requested = 0, head = 0
  WHERE seq = $1`;
