import { CabError } from '../../../core/model/errors.ts';
import type { RunningJob } from '../../../core/model/job/job.ts';
import { candidates } from './candidates.ts';
import { anyDelayOver, endDelays } from './delays.ts';
import { append } from '../events.ts';
import type { ClaimScope } from '../../../core/ports/jobs/job-queue.ts';
import { timeOf, wallTime, type Queue } from '../queue.ts';
import { reachOf } from './claim-scope.ts';
import { runningJobOf } from '../../rows/job-row.ts';
import { ownerText } from '../../rows/rows.ts';
import { ifReadable, readable } from '../../rows/damaged-rows.ts';
import { endUnreadable } from './damaged-rows.ts';

/**
 * Idle workers ask often, so a read looks for a job first, and only then a write takes the lock. Does not wait for the disk: if a
 * loss of power undoes it, the worker is gone as well, and the job is pending again.
 */
export async function claim(
  queue: Queue,
  scope: ClaimScope,
  limit: number,
): Promise<readonly RunningJob[]> {
  if (limit < 1) return [];
  const reach = await queue.db.read(() => reachOf(queue, scope));
  const worthwhile = await queue.db.read(
    () => anyDelayOver(queue) || candidates(queue, reach, 1).length > 0,
  );
  if (!worthwhile) return [];
  const started = await queue.db.writeSoftly(() => {
    endDelays(queue);
    return candidates(queue, reach, Math.trunc(limit)).map(({ seq }) => start(queue, seq, scope));
  });
  return readable(queue, started);
}

function start(queue: Queue, seq: number, { owner, lease_ms }: ClaimScope): RunningJob | CabError {
  const { boot, now } = timeOf(queue);
  const row = queue.db.get(startSql, {
    seq,
    owner: ownerText(owner),
    boot,
    until: Math.ceil(now + lease_ms),
    started_at: wallTime(queue),
  });
  const job = ifReadable(() => runningJobOf(queue, row));
  if (job instanceof CabError) endUnreadable(queue, seq, job);
  else append(queue, seq, { type: 'started', attempt: job.attempts, data: { pid: owner.pid } });
  return job;
}

/** The failure of the previous attempt stays, because a release shows it again. */
const startSql = `UPDATE jobs SET state = 'running', attempts = attempts + 1, epoch = epoch + 1,
    owner = @owner, lease_boot = @boot, lease_until = @until, started_at = @started_at
  WHERE seq = @seq RETURNING *`;
