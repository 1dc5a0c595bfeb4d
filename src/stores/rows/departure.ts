/** How a job's row changes when the job leaves its state, and the event that tells of it. */
import type { Job } from '../../core/model/job/job.ts';
import { doneData, failureData, type NewJobEvent } from '../../core/model/job/job-event.ts';
import type { Settlement } from '../../core/ports/jobs/job-queue.ts';
import type { Clock } from '../../support/process/clock.ts';
import { resultText } from './job-row.ts';

export type Leaving = Pick<Job, 'id' | 'spec' | 'attempts' | 'crashes'>;

/** Besides these, `failure` and `started_at` may stay. All other columns of a state are cleared. */
export interface LeftColumns {
  readonly state: Job['state'];
  readonly attempts: number;
  readonly crashes: number;
  readonly finished_at: string | null;
  readonly run_at: string | null;
  readonly due_ms: number | null;
  readonly keepsFailure: boolean;
  readonly failure: string | null;
  readonly result: string | null;
  readonly cached: boolean;
}

export interface Departure {
  readonly columns: LeftColumns;
  readonly event: NewJobEvent;
}

export const canceled: Settlement = { state: 'canceled' };

/**
 * If cancel was requested meanwhile, an attempt that would go back to pending ends as canceled: a pending job cannot hold the
 * request, and the caller of cancel was promised that the job ends.
 */
export const unlessCanceled = (settlement: Settlement, isRequested: boolean): Settlement =>
  isRequested && (settlement.state === 'retry' || settlement.state === 'release')
    ? canceled
    : settlement;

/** @param now the wall time, as columns hold it */
export function departure(
  clock: Clock,
  now: string,
  job: Leaving,
  settlement: Settlement,
): Departure {
  const attempt = job.attempts;
  const { crashes } = job;
  const ended = { ...blank, attempts: attempt, crashes, finished_at: now };
  switch (settlement.state) {
    case 'done': {
      const { result, cached } = settlement;
      return {
        columns: { ...ended, state: 'done', result: resultText(result, job.spec.key), cached },
        event: { type: 'done', attempt, data: doneData(result, cached) },
      };
    }
    case 'error': {
      const { failure, event } = settlement;
      return {
        columns: { ...ended, state: 'error', failure: JSON.stringify(failure) },
        event: { type: event, attempt, data: failureData(failure) },
      };
    }
    case 'canceled':
      return {
        columns: { ...ended, state: 'canceled' },
        event: { type: 'canceled', attempt, data: {} },
      };
    case 'retry': {
      const { failure, delay_ms, isOutside = false } = settlement;
      return {
        columns: {
          ...{ ...blank, state: 'pending', attempts: attempt },
          crashes: crashes + (isOutside ? 1 : 0),
          failure: JSON.stringify(failure),
          ...due(clock, delay_ms),
        },
        event: { type: 'retrying', attempt, data: { ...failureData(failure), delay_ms } },
      };
    }
    case 'release':
      return {
        columns: {
          ...{ ...blank, state: 'pending', attempts: attempt - 1, crashes },
          keepsFailure: true,
        },
        event: { type: 'retrying', attempt, data: { released: true, delay_ms: 0 } },
      };
    default:
      return settlement satisfies never;
  }
}

const blank = {
  finished_at: null,
  run_at: null,
  due_ms: null,
  keepsFailure: false,
  failure: null,
  result: null,
  cached: false,
} as const;

function due(clock: Clock, delay_ms: number): Partial<Pick<LeftColumns, 'due_ms' | 'run_at'>> {
  if (delay_ms <= 0) return {};
  const run_at = new Date(clock.now().getTime() + delay_ms).toISOString();
  return { due_ms: Math.ceil(clock.monotonic() + delay_ms), run_at };
}
