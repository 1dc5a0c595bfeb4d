import * as z from 'zod/mini';
import { parsed } from '../rows/rows.ts';
import type { Queue } from './queue.ts';

/** Jobs that could run and that no claim would find. */
const lostSql = `SELECT count(DISTINCT lane) AS lanes FROM jobs AS waiting
  WHERE state = 'pending' AND due_ms IS NULL
    AND NOT EXISTS (SELECT 1 FROM jobs AS first WHERE first.lane = waiting.lane AND first.head = 1)`;
const lostRow = z.object({ lanes: z.number() });

/** The server looks after its pages; this looks at what cab keeps in them. */
export async function check(queue: Queue): Promise<readonly string[]> {
  const { lanes } = parsed(queue, lostRow, (await queue.db.run(lostSql))[0]);
  return lanes === 0
    ? []
    : [`${lanes} waiting jobs would never be claimed: their lanes have no head`];
}
