import type { ClaimScope } from '../../../core/ports/jobs/job-queue.ts';
import { timeOf, type Queue } from '../queue.ts';
import { boundless, reachOf, reachValues, withinReach, type Reach } from './claim-scope.ts';

/** A delay is over when its time has come or its boot has ended. Each condition is a range of the index. */
const over = ['due_boot = @boot AND due_ms <= @now', 'due_boot < @boot', 'due_boot > @boot'];
const delayed = `INDEXED BY jobs_delayed WHERE state = 'pending' AND due_ms IS NOT NULL`;
const update = `UPDATE jobs INDEXED BY jobs_delayed
  SET due_boot = NULL, due_ms = NULL, run_at = NULL WHERE state = 'pending' AND due_ms IS NOT NULL`;

/** Mostly no job is delayed, and one look shows that. Workers ask with every commit. */
const anyDelayed = ({ db }: Queue): boolean =>
  db.get(`SELECT 1 FROM jobs ${delayed} LIMIT 1`) !== undefined;

export const anyDelayOver = (queue: Queue): boolean =>
  anyDelayed(queue) &&
  over.some((range) => exists(queue, `SELECT 1 FROM jobs ${delayed} AND ${range} LIMIT 1`));

/** Makes jobs ready if their delay is over. Runs within the caller's transaction. */
export function endDelays(queue: Queue): void {
  if (!anyDelayed(queue)) return;
  for (const range of over) queue.db.run(`${update} AND ${range}`, timeOf(queue));
}

export const nextDue = (queue: Queue, scope: ClaimScope): Promise<number | undefined> =>
  queue.db.read(() => {
    const reach = reachOf(queue, scope);
    return anyReady(queue, reach) ? 0 : untilDelayOver(queue, reach);
  });

const ready = `WHERE state = 'pending' AND due_ms IS NULL`;

/** Also counts a job that waits because its key runs. */
function anyReady(queue: Queue, reach: Reach): boolean {
  // The index by submitter does not contain jobs without a submitter.
  const index = reach.unclaimed ? 'jobs_ready' : 'jobs_ready_by_submitter';
  const sql = `SELECT 1 FROM jobs INDEXED BY ${index} ${ready} AND ${withinReach(reach)} LIMIT 1`;
  return exists(queue, sql, reach);
}

function untilDelayOver(queue: Queue, reach: Reach): number | undefined {
  if (!anyDelayed(queue)) return undefined;
  const within = `FROM jobs ${delayed} AND ${withinReach(reach)}`;
  if (over.some((range) => exists(queue, `SELECT 1 ${within} AND ${range} LIMIT 1`, reach)))
    return 0;
  const values = { ...timeOf(queue), ...reachValues(reach) };
  const due = queue.db.value(
    `SELECT due_ms ${within} AND due_boot = @boot ORDER BY due_ms LIMIT 1`,
    values,
  );
  return typeof due === 'number' ? due - values.now : undefined;
}

const exists = (queue: Queue, sql: string, reach: Reach = everyone): boolean =>
  queue.db.get(sql, { ...timeOf(queue), ...reachValues(reach) }) !== undefined;

const everyone: Reach = {
  ...{ objects: [], submitters: undefined, unclaimed: true },
  ...{ room: boundless, without: [], labels: [] },
};
