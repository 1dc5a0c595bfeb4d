import * as z from 'zod/mini';
import type { SweepPosition, Swept, TrimRule } from '../../../core/ports/jobs/retention.ts';
import { parsed } from '../../rows/rows.ts';
import { counts } from '../lookups.ts';
import type { Queue } from '../queue.ts';

const jobsAtATime = 200;

const endedRows = z.array(
  z.object({ seq: z.number(), submitted_at: z.string(), finished_at: z.string() }),
);

/** The earliest jobs of each ended state, by its index, and of those the earliest. No other job is looked at. */
const endedSql = `SELECT ended.* FROM unnest(ARRAY['done', 'error', 'canceled']) AS wanted
  CROSS JOIN LATERAL (SELECT seq, submitted_at, finished_at FROM jobs
    WHERE state = wanted AND seq > $1 ORDER BY seq LIMIT ${jobsAtATime}) AS ended
  ORDER BY seq LIMIT ${jobsAtATime}`;

/** Removes ended jobs with their events. */
export async function trim(queue: Queue, rule: TrimRule, from: SweepPosition): Promise<Swept> {
  const { done, error, canceled } = await counts(queue);
  let excess = done + error + canceled - rule.keep - (rule.dryRun ? from.dropped : 0);
  const rows = parsed(queue, endedRows, await queue.db.run(endedSql, [Number(from.after)]));
  const going: number[] = [];
  let isOver = rows.length === 0;
  for (const { seq, submitted_at, finished_at } of rows) {
    // Neither this job, which was accepted after that time, nor a later one can have ended before it.
    isOver = excess <= 0 && submitted_at >= rule.before;
    if (isOver) break;
    if (finished_at >= rule.settled || (excess <= 0 && finished_at >= rule.before)) continue;
    going.push(seq);
    excess -= 1;
  }
  if (!rule.dryRun && going.length > 0)
    await queue.db.write(
      async (turn) => {
        await turn.query(dropSql, [going]);
      },
      { isDurable: false },
    );
  const last = isOver ? undefined : rows.at(-1);
  const next = last && { after: String(last.seq), dropped: from.dropped + going.length };
  return { dropped: going.length, next };
}

/** Events and inputs go with their job. */
const dropSql = `WITH gone AS (DELETE FROM jobs
    WHERE seq = ANY($1::bigint[]) AND state IN ('done', 'error', 'canceled') RETURNING state)
  INSERT INTO counts (state, jobs) SELECT state, -count(*) FROM gone GROUP BY state`;
