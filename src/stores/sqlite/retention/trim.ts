/**
 * Removes ended jobs from the queue. A portion holds the file for some milliseconds. A job with a million events
 * loses them step by step, and is listed until the last one is gone.
 */
import * as z from 'zod/mini';
import type { SweepPosition, Swept, TrimRule } from '../../../core/ports/jobs/retention.ts';
import type { Queue } from '../queue.ts';
import { parsed } from '../../rows/rows.ts';

const portionMs = 8;
const jobsAtATime = 200;
const eventsAtATime = 200;

const endedRow = z.object({ seq: z.int(), submitted_at: z.string(), finished_at: z.string() });

/** The earliest jobs of each ended state, by its index, and of those the earliest. No other job is looked at. */
const endedSql = `SELECT jobs.seq, submitted_at, finished_at FROM (
    ${['done', 'error', 'canceled']
      .map(
        (state) => `SELECT seq FROM (SELECT seq FROM jobs INDEXED BY jobs_by_state
          WHERE state = '${state}' AND seq > @after ORDER BY seq LIMIT ${jobsAtATime})`,
      )
      .join(' UNION ALL ')} ORDER BY seq LIMIT ${jobsAtATime}) AS ended
  CROSS JOIN jobs ON jobs.seq = ended.seq ORDER BY ended.seq`;

export const trim = (queue: Queue, rule: TrimRule, from: SweepPosition): Promise<Swept> =>
  rule.dryRun
    ? queue.db.read(() => trimPortion(queue, rule, from))
    : queue.db.writeSoftly(() => trimPortion(queue, rule, from));

function trimPortion(queue: Queue, rule: TrimRule, from: SweepPosition): Swept {
  const end = performance.now() + portionMs;
  const after = Number(from.after);
  let excess = endedJobs(queue) - rule.keep - (rule.dryRun ? from.dropped : 0);
  let dropped = 0;
  const next = (seq: number) => ({ after: String(seq), dropped: from.dropped + dropped });
  const rows = parsed(queue, z.array(endedRow), queue.db.all(endedSql, { after }));
  for (const { seq, submitted_at, finished_at } of rows) {
    // Neither this job, which was accepted after that time, nor a later one can have ended before it.
    if (excess <= 0 && submitted_at >= rule.before) return { dropped, next: undefined };
    const goes = finished_at < rule.settled && (excess > 0 || finished_at < rule.before);
    if (goes && !rule.dryRun && !remove(queue, seq, end)) return { dropped, next: next(seq - 1) };
    if (goes) [excess, dropped] = [excess - 1, dropped + 1];
    if (performance.now() > end) return { dropped, next: next(seq) };
  }
  const last = rows.at(-1);
  return { dropped, next: last && next(last.seq) };
}

const endedJobs = (queue: Queue): number =>
  Number(
    queue.db.value(`SELECT sum(jobs) FROM counts WHERE state IN ('done', 'error', 'canceled')`),
  );

const dropEventsSql = `DELETE FROM events WHERE seq IN (
  SELECT seq FROM events WHERE job = @seq LIMIT ${eventsAtATime}) RETURNING 1`;

/** False if time ran out before all events were removed. Removed events stay removed. */
function remove(queue: Queue, seq: number, end: number): boolean {
  while (queue.db.all(dropEventsSql, { seq }).length === eventsAtATime)
    if (performance.now() > end) return false;
  queue.db.run('DELETE FROM jobs WHERE seq = @seq', { seq });
  return true;
}

const pagesAtATime = 256;

/**
 * Gives free pages back to the file system. A file that was created before cab set `auto_vacuum` keeps its free pages
 * and uses them again.
 */
export async function shrink(queue: Queue): Promise<boolean> {
  const before = await queue.db.read(() => freePages(queue));
  if (before > 0)
    await queue.db.writeSoftly(() =>
      queue.db.execute(`PRAGMA incremental_vacuum(${pagesAtATime})`),
    );
  const left = await queue.db.read(() => freePages(queue));
  if (left > 0 && left < before) return true;
  // If a reader is active, the log keeps its length, and the next garbage collection cuts it.
  await queue.db.read(() => queue.db.all('PRAGMA wal_checkpoint(TRUNCATE)'));
  return false;
}

const freePages = (queue: Queue): number => Number(queue.db.value('PRAGMA freelist_count'));
