/** What a job's row becomes when the job leaves its state. */
import type { Job } from '../../core/model/job/job.ts';
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

/** @param now the wall time, as columns hold it */
export function departure(
  clock: Clock,
  now: string,
  job: Leaving,
  settlement: Settlement,
): LeftColumns {
  const { attempts, crashes } = job;
  const ended = { ...blank, attempts, crashes, finished_at: now };
  switch (settlement.state) {
    case 'done': {
      const { result, cached } = settlement;
      return { ...ended, state: 'done', result: resultText(result, job.spec.key), cached };
    }
    case 'error':
      return { ...ended, state: 'error', failure: JSON.stringify(settlement.failure) };
    case 'canceled':
      return { ...ended, state: 'canceled' };
    case 'retry': {
      const { failure, delay_ms, isOutside = false } = settlement;
      return {
        ...{ ...blank, state: 'pending', attempts },
        crashes: crashes + (isOutside ? 1 : 0),
        failure: JSON.stringify(failure),
        ...due(clock, delay_ms),
      };
    }
    case 'release':
      return { ...blank, state: 'pending', attempts: attempts - 1, crashes, keepsFailure: true };
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
