import type { CabError } from '../../../core/model/errors.ts';
import { failureData } from '../../../core/model/job/job-event.ts';
import { unreadableFailure } from '../../rows/damaged-rows.ts';
import { append } from '../events.ts';
import { wallTime, type Queue } from '../queue.ts';

/**
 * Ends a job whose row cannot be read, within the caller's transaction. If the job stayed, each claim would fail on
 * it, and no other job could run. The row keeps all that the job was accepted with, so the job can be retried once
 * its row is repaired.
 */
export function endUnreadable(queue: Queue, seq: number, damage: CabError): void {
  const failure = unreadableFailure(damage, queue.place);
  queue.db.run(endSql, { seq, finished_at: wallTime(queue), failure: JSON.stringify(failure) });
  append(queue, seq, { type: 'failed', attempt: 0, data: failureData(failure) });
}

const endSql = `UPDATE jobs SET state = 'error', finished_at = @finished_at, failure = @failure,
    owner = NULL, lease_boot = NULL, lease_until = NULL, cancel_requested = 0
  WHERE seq = @seq`;
