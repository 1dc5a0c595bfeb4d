import * as z from 'zod/mini';
import type { ClaimScope } from '../../../core/ports/jobs/job-queue.ts';
import { parsed } from '../../rows/rows.ts';
import { rearrange } from '../transitions/lanes.ts';
import type { Queue } from '../queue.ts';
import { portionsOf, takable, takableSql } from './reach.ts';

const laneRows = z.array(z.object({ lane: z.string() }));
const overSql = `SELECT DISTINCT lane FROM jobs
  WHERE state = 'pending' AND due_ms IS NOT NULL AND due_ms <= $1`;
const endSql = `UPDATE jobs SET due_ms = NULL, run_at = NULL
  WHERE state = 'pending' AND due_ms IS NOT NULL AND due_ms <= $1 AND lane = ANY($2::text[])`;

/** Makes jobs ready whose time has come, before each claim. Mostly there is none, and one look shows that. */
export async function endDelays(queue: Queue): Promise<void> {
  const now = queue.clock.monotonic();
  const rows = parsed(queue, laneRows, await queue.db.run(overSql, [now]));
  if (rows.length === 0) return;
  const lanes = rows.map(({ lane }) => lane);
  await queue.db.write(
    async (turn) => {
      await turn.query(endSql, [now, lanes]);
      await rearrange(turn, lanes);
    },
    // If a crash of the server undoes it, the next claim does it again.
    { isDurable: false, locks: lanes },
  );
}

const dueRow = z.object({ ready: z.boolean(), due_ms: z.nullable(z.number()) });

export async function nextDue(queue: Queue, scope: ClaimScope): Promise<number | undefined> {
  let next: number | undefined;
  for (const { sql, submitters } of await portionsOf(queue, scope)) {
    const values = [submitters, ...takable(scope)];
    const [row] = await queue.db.run(dueSql(sql), values);
    const { ready, due_ms } = parsed(queue, dueRow, row);
    if (ready) return 0;
    if (due_ms !== null) next = Math.min(next ?? Infinity, due_ms);
  }
  return next === undefined ? undefined : Math.max(0, next - queue.clock.monotonic());
}

/** Also counts a job that waits because its key runs. */
const dueSql = (portion: string): string => {
  const within = `state = 'pending' AND ${takableSql} AND ${portion}`;
  return `SELECT EXISTS (SELECT 1 FROM jobs WHERE due_ms IS NULL AND ${within}) AS ready,
    (SELECT min(due_ms) FROM jobs WHERE due_ms IS NOT NULL AND ${within}) AS due_ms`;
};
