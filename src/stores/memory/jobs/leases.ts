/** Leases of running jobs in memory: renews them, and takes jobs back from dead workers. */
import { crashFailure, mostCrashes } from '../../../core/model/job/crash.ts';
import type { RunningJob } from '../../../core/model/job/job.ts';
import { objectOf, objectOfSubmitter } from '../../../core/model/runner/runner-object.ts';
import type { Heartbeat, Settlement } from '../../../core/ports/jobs/job-queue.ts';
import type { MemoryQueue } from './memory-queue.ts';
import { cancel, heldBy, isHeld, leave, type Held } from './settlements.ts';

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
    leave(queue, crashed, afterCrash(held, crashes, isDead));
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

function afterCrash({ job }: Held, crashes: number, isDead: boolean): Settlement {
  if (job.cancel_requested) return { state: 'canceled' };
  const failure = crashFailure(job, crashes, isDead);
  return crashes >= mostCrashes
    ? { state: 'error', failure, event: 'failed' }
    : { state: 'retry', failure, delay_ms: 0 };
}
