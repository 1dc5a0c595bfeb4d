/** How an attempt ends, in every job store. */
import { crashFailure, mostCrashes } from '../../model/job/crash.ts';
import type { RunningJob } from '../../model/job/job.ts';
import { doneData, failureData, type NewJobEvent } from '../../model/job/job-event.ts';
import type { Settlement } from './job-queue.ts';

export const canceled: Settlement = { state: 'canceled' };

/**
 * If cancel was requested meanwhile, an attempt that would go back to pending ends as canceled: a pending job cannot hold the
 * request, and the caller of cancel was promised that the job ends.
 */
export const unlessCanceled = (settlement: Settlement, isRequested: boolean): Settlement =>
  isRequested && (settlement.state === 'retry' || settlement.state === 'release')
    ? canceled
    : settlement;

/**
 * @param crashes with this one
 * @param isDead false: the worker let its lease run out
 */
export function afterCrash(job: RunningJob, crashes: number, isDead: boolean): Settlement {
  const failure = crashFailure(job, crashes, isDead);
  return crashes >= mostCrashes
    ? { state: 'error', failure, event: 'failed' }
    : { state: 'retry', failure, delay_ms: 0 };
}

/** The event that tells how the attempt of this number ended. */
export function endingEvent(settlement: Settlement, attempt: number): NewJobEvent {
  switch (settlement.state) {
    case 'done':
      return { type: 'done', attempt, data: doneData(settlement.result, settlement.cached) };
    case 'error':
      return { type: settlement.event, attempt, data: failureData(settlement.failure) };
    case 'canceled':
      return { type: 'canceled', attempt, data: {} };
    case 'retry': {
      const { failure, delay_ms } = settlement;
      return { type: 'retrying', attempt, data: { ...failureData(failure), delay_ms } };
    }
    case 'release':
      return { type: 'retrying', attempt, data: { released: true, delay_ms: 0 } };
    default:
      return settlement satisfies never;
  }
}
