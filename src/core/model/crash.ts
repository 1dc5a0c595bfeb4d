import { catalogue } from './errors.ts';
import type { JobFailure, RunningJob } from './job.ts';

/** Attempts that were cut short from outside, before the job itself is taken to be the cause. */
export const mostCrashes = 3;

/** Why an attempt ended whose worker is dead, or else let its lease run out; it is the job's crash number `crashes`. */
export function crashFailure(
  { id, owner }: RunningJob,
  crashes: number,
  isDead: boolean,
): JobFailure {
  const how = isDead ? 'died' : 'gave no sign of life';
  return {
    code: 'crashed',
    message: `the worker of job ${id} (process ${owner.pid}) ${how}${crashes === 1 ? '' : `; it was the ${ordinal(crashes)} attempt that was cut short`}`,
    hint: catalogue.crashed.hint,
    details: { job: id, crashes, owner },
  };
}

const ordinal = (count: number): string => ['first', 'second', 'third'][count - 1] ?? `${count}th`;
