import * as z from 'zod/mini';
import { idsPerMs } from '../../../support/ascending-ids.ts';
import type { Transaction } from '../database/database.ts';
import { lockOf } from '../database/locks.ts';
import type { Queue } from '../queue.ts';

/** Milliseconds by which the time in ids may be behind the clock. */
const mostBehindMs = 1_000;

const numbers = z.array(z.object({ n: z.number() }));
const drawSql = `SELECT nextval('ids') AS n FROM generate_series(1, $1)`;
const aheadSql = `SELECT setval('ids', $1) FROM ids WHERE last_value < $1`;

/**
 * The next numbers of jobs. They ascend over all processes, because a sequence gives each once, whatever becomes of the
 * transaction. If the sequence is behind the clock, it is set to it: by one process at a time, and so far ahead that what others
 * draw meanwhile is below.
 */
export async function drawNumbers(
  { db, clock }: Queue,
  turn: Transaction,
  count: number,
): Promise<readonly number[]> {
  const drawn = await draw(turn, count);
  const now = clock.now().getTime();
  const [first = 0] = drawn;
  if (first >= (now - mostBehindMs) * idsPerMs) return drawn;
  await turn.query(`SELECT pg_advisory_xact_lock(${lockOf(db.schema, 'ids')})`);
  await turn.query(aheadSql, [now * idsPerMs]);
  return draw(turn, count);
}

const draw = async (turn: Transaction, count: number): Promise<readonly number[]> =>
  numbers.parse(await turn.query(drawSql, [count])).map(({ n }) => n);
