/** Leases of running jobs in memory: renews them, and takes jobs back from dead workers. */
import type { RunningJob } from '../../../core/model/job/job.ts';
import { objectOf, objectOfSubmitter } from '../../../core/model/runner/runner-object.ts';
import { afterCrash, canceled } from '../../../core/ports/jobs/endings.ts';
import type { Heartbeat } from '../../../core/ports/jobs/job-queue.ts';
import type { MemoryQueue } from './memory-queue.ts';
import { cancel, heldBy, isHeld, leave } from './settlements.ts';

export function heartbeat(queue: MemoryQueue, job: RunningJob, lease_ms: number): Heartbeat {
  const held = heldBy(queue, job);
  if (held === undefined) return 'lost';
  queue.put({ ...held, leaseUntil: queue.clock.monotonic() + lease_ms });
  return held.job.cancel_requested ? 'cancel' : 'held';
}

export const canceling = (queue: MemoryQueue): Pick<RunningJob, 'id' | 'epoch'>[] =>
  queue
    .in('running')
    .filter(isHeld)
    .filter(({ job }) => job.cancel_requested)
    .map(({ job: { id, epoch } }) => ({ id, epoch }));

export function reap(queue: MemoryQueue): RunningJob[] {
  const reaped: RunningJob[] = [];
  for (const held of queue.in('running').filter(isHeld)) {
    const isDead = queue.isAlive(held.job.owner) === false;
    if (!isDead && held.leaseUntil > queue.clock.monotonic()) continue;
    const crashes = held.job.crashes + 1;
    const crashed = { ...held, job: { ...held.job, crashes } };
    const isCanceled = held.job.cancel_requested;
    leave(queue, crashed, isCanceled ? canceled : afterCrash(held.job, crashes, isDead));
    reaped.push(held.job);
  }
  endOrphans(queue);
  return reaped;
}

/**
 * Cancels pending jobs that no process can run any more, because what they need was in the memory of a dead
 * submitter.
 */
function endOrphans(queue: MemoryQueue): void {
  for (const { job, submitter } of queue.in('pending')) {
    const isBound = objectOf(job.spec.runner) === objectOfSubmitter;
    if (isBound && submitter !== null && queue.isAlive(submitter) === false) cancel(queue, job.id);
  }
}
