import { catalogue } from './errors.ts';
import type { JobFailure, RunningJob } from './job.ts';

/** How many attempts may be cut short from outside before the job itself counts as the cause. */
export const mostCrashes = 3;

/** The failure of an attempt whose worker died or let its lease run out; it is crash number `crashes` of the job. */
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
