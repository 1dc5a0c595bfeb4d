import * as z from 'zod/mini';
import { idsPerMs, timeOfId } from '../../../support/ascending-ids.ts';
import type { Queue } from '../queue.ts';

const numbers = z.array(z.object({ n: z.number() }));
const drawSql = 'SELECT n FROM draw_ids($1, $2) AS n';

/**
 * The next numbers of jobs, which begin with the time. They ascend over all processes, because each is given out once, one process
 * at a time, whatever becomes of the job. Beside any transaction: nobody waits for the commit of another.
 * @param after as `afterIds` gives it, for ids that were made elsewhere
 */
export const drawNumbers = async (
  { db, clock }: Queue,
  count: number,
  after = 0,
): Promise<readonly number[]> => {
  const now = Math.max(clock.now().getTime(), after) * idsPerMs;
  return numbers.parse(await db.run(drawSql, [count, now])).map(({ n }) => n);
};

/** The first millisecond after all these ids. */
export const afterIds = (ids: readonly string[]): number =>
  ids.reduce((after, id) => Math.max(after, timeOfId(id) + 1), 0);
